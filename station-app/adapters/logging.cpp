#include "adapters/logging.h"

#include <memory>

#include <QString>
#include <nlohmann/json.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace station {
namespace {

constexpr std::size_t kFileBytes = 10UL * 1024 * 1024;
constexpr std::size_t kFiles = 5;
constexpr auto kFlow = "station.flow";
constexpr auto kAdapters = "station.adapters";
constexpr auto kQt = "qt";

/// %* in the pattern: the message as a JSON string.
class JsonText final : public spdlog::custom_flag_formatter
{
public:
    void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override
    {
        const auto text = nlohmann::json(std::string(message.payload.data(), message.payload.size()))
                              .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        out.append(text.data(), text.data() + text.size());
    }
    std::unique_ptr<spdlog::custom_flag_formatter> clone() const override { return std::make_unique<JsonText>(); }
};

std::shared_ptr<spdlog::logger> logger(const char* name)
{
    auto found = spdlog::get(name);
    return found ? found : spdlog::default_logger();
}

void takeQtMessage(QtMsgType type, const QMessageLogContext&, const QString& message)
{
    const auto text = message.toStdString();
    switch (type) {
    case QtDebugMsg:
        logger(kQt)->debug(text);
        break;
    case QtInfoMsg:
        logger(kQt)->info(text);
        break;
    case QtWarningMsg:
        logger(kQt)->warn(text);
        break;
    case QtCriticalMsg:
        logger(kQt)->error(text);
        break;
    case QtFatalMsg:
        logger(kQt)->critical(text);
        logger(kQt)->flush();
        break;
    }
}

class LoggingObserver final : public RunObserver
{
public:
    explicit LoggingObserver(RunObserver& inner) : m_inner(inner) {}

    void onStep(const StepRecord& step) override
    {
        if (step.state == StepState::Running && step.attempt > 1)
            logger(kFlow)->warn("{}: attempt {} of {}: {}", name(step.step), step.attempt, step.maxAttempts,
                                step.detail);
        else if (step.state == StepState::Done)
            logger(kFlow)->debug("{}: done in {} ms {}", name(step.step), step.elapsed.count(), step.detail);
        m_inner.onStep(step);
    }

private:
    RunObserver& m_inner;
};

} // namespace

gateway::Result<void> startLogging(const LogConfig& config)
{
    try {
        std::shared_ptr<spdlog::sinks::sink> sink;
        if (config.file.empty()) {
            sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
            sink->set_pattern("%T.%e %^%l%$ %n: %v");
        } else {
            sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(config.file.string(), kFileBytes, kFiles);
            auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
            formatter->add_flag<JsonText>('*').set_pattern(
                R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","logger":"%n","pid":%P,"message":%*})");
            sink->set_formatter(std::move(formatter));
        }
        for (const auto* name : {kFlow, kAdapters, kQt}) {
            auto made = std::make_shared<spdlog::logger>(name, sink);
            made->set_level(spdlog::level::from_str(config.level));
            made->flush_on(spdlog::level::info);
            spdlog::register_logger(made);
        }
        spdlog::set_default_logger(spdlog::get(kAdapters));
    } catch (const spdlog::spdlog_ex& error) {
        return gateway::fail(gateway::ErrorCode::InvalidRequest, "log-file", error.what());
    }
    qInstallMessageHandler(takeQtMessage);
    return {};
}

RunResult LoggedProvisioner::provision(const gateway::Vin& vin, int slot, RunObserver& observer)
{
    logger(kFlow)->info("vehicle {} in slot {}", vin.masked(), slot);
    LoggingObserver logged(observer);
    auto result = m_inner.provision(vin, slot, logged);
    const auto serial = result.serial ? result.serial->text() : "none";
    const auto story = result.resumed ? ", took up an earlier job" : "";
    if (result.failure) {
        logger(kFlow)->warn("{} for {}: {} at {}: {}; transaction {}, serial {}, {} ms{}", name(result.outcome),
                            vin.masked(), result.failure->cause, name(result.failure->step), result.failure->detail,
                            result.transaction.text(), serial, result.elapsed.count(), story);
    } else {
        logger(kFlow)->info("{} for {}: transaction {}, serial {}, {} ms{}{}", name(result.outcome), vin.masked(),
                            result.transaction.text(), serial, result.elapsed.count(), story,
                            result.reported ? "" : ", its report waits in the journal");
    }
    return result;
}

} // namespace station
