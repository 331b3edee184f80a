#include "adapters/command_output.h"

#include <fstream>
#include <iterator>

#include <QElapsedTimer>
#include <QProcess>

#include "adapters/durable_file.h"

namespace station {
namespace {

using gateway::Result;

tl::unexpected<gateway::Error> failed(const std::string& what)
{
    return gateway::fail(gateway::ErrorCode::Internal, "output-failed", what);
}

void replaceAll(std::string& text, const std::string& from, const std::string& to)
{
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

Result<std::string> labelText(const OutputConfig& config, const RunResult& result)
{
    std::string text = "{vin}\n{serial}\n{device_id}\n";
    if (!config.labelTemplate.empty()) {
        std::ifstream stream(config.labelTemplate, std::ios::binary);
        if (!stream) return failed(config.labelTemplate.string() + " cannot be read");
        text.assign(std::istreambuf_iterator<char>(stream), {});
    }
    replaceAll(text, "{vin}", std::string(result.vin.text()));
    replaceAll(text, "{serial}", result.serial ? std::string(result.serial->text()) : std::string());
    replaceAll(text, "{device_id}", result.deviceId ? std::string(result.deviceId->text()) : std::string());
    return text;
}

/// Under a name that a printer's program watches for only when the label is whole.
Result<void> writeLabel(const std::filesystem::path& folder, const std::string& name, const std::string& text)
{
    std::error_code ignored;
    std::filesystem::remove(folder / (name + ".new"), ignored);
    return DurableFolder::open(folder).and_then([&](const DurableFolder& opened) {
        return opened.write(name + ".new", text).and_then([&] { return opened.rename(name + ".new", name); });
    });
}

} // namespace

Result<void> runCommand(const std::vector<std::string>& command, const std::string& input,
                        std::chrono::milliseconds timeout)
{
    QStringList arguments;
    for (std::size_t i = 1; i < command.size(); ++i)
        arguments << QString::fromStdString(command[i]);
    QProcess process;
    process.setStandardOutputFile(QProcess::nullDevice());
    process.setStandardErrorFile(QProcess::nullDevice());
    QElapsedTimer clock;
    clock.start();
    process.start(QString::fromStdString(command.front()), arguments);
    const int wait = static_cast<int>(timeout.count());
    if (!process.waitForStarted(wait)) return failed(command.front() + ": " + process.errorString().toStdString());
    process.write(input.data(), static_cast<qint64>(input.size()));
    process.closeWriteChannel();
    if (!process.waitForFinished(wait - static_cast<int>(clock.elapsed()))) {
        process.kill();
        process.waitForFinished();
        return failed(command.front() + " takes longer than " + std::to_string(timeout.count()) + " ms");
    }
    if (process.exitStatus() != QProcess::NormalExit) return failed(command.front() + " was killed");
    if (process.exitCode() != 0) return failed(command.front() + " ended with " + std::to_string(process.exitCode()));
    return {};
}

LineOutputs makeLineOutputs(const OutputConfig& config)
{
    LineOutputs outputs;
    const auto hook = [&](const std::vector<std::string>& command) -> std::function<Result<void>(const std::string&)> {
        if (command.empty()) return {};
        return [command, timeout = config.timeout](const std::string& word) {
            auto full = command;
            full.push_back(word);
            return runCommand(full, {}, timeout);
        };
    };
    outputs.andon = hook(config.andon);
    outputs.sound = hook(config.sound);
    if (config.label.empty() && config.labelFolder.empty()) return outputs;
    outputs.printLabel = [config](const RunResult& result) -> Result<void> {
        const auto text = labelText(config, result);
        if (!text) return tl::unexpected(text.error());
        if (!config.labelFolder.empty())
            if (const auto written = writeLabel(config.labelFolder, result.transaction.text() + ".label", *text);
                !written)
                return written;
        return config.label.empty() ? Result<void>() : runCommand(config.label, *text, config.timeout);
    };
    return outputs;
}

} // namespace station
