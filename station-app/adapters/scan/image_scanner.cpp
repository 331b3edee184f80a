#include "scan/image_scanner.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>

#include <QByteArray>
#include <QProcess>
#include <QStringList>

#include "scan/vin_label.h"

namespace station {
namespace {

using gateway::ErrorCode;
using gateway::fail;
using gateway::Result;
using gateway::Vin;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Passes 0 and 1 are the picture as it is, linear and 2D; they always run, so that two different labels in one picture
/// are noticed.
constexpr std::size_t kPassesAlwaysRun = 2;

/// Loading the largest picture and starting a process; no pass has begun yet.
constexpr milliseconds kLoadTimeout{5000};

constexpr qsizetype kLongestLine = 64 * 1024;

/// What the readings of all passes say together.
class Evidence
{
public:
    explicit Evidence(VinRules rules) { m_label.vins = std::move(rules); }

    void add(std::size_t pass, const std::string& format, const std::string& text)
    {
        m_codeSeen = true;
        const auto vin = readVinLabel(text, m_label);
        if (!vin) {
            m_twoVinsInOneText |= vin.error().type == "two-vins";
            m_wrongCheckDigit |= vin.error().type == "vin-check-digit";
            m_otherMaker |= vin.error().type == "vin-maker";
            return;
        }
        // Code 39 has no checksum of its own; every other symbology here has one.
        const bool isSure = format != "Code39" || vin->hasValidCheckDigit();
        auto& candidate = m_candidates[*vin];
        candidate.isSure |= isSure;
        candidate.passes.insert(pass);
    }

    /// A verdict that further passes would not change for the better.
    [[nodiscard]] bool isDecided() const { return isContradictory() || (m_candidates.size() == 1 && isConfirmed()); }

    [[nodiscard]] bool isEmpty() const { return !m_codeSeen; }

    [[nodiscard]] Result<Vin> verdict() const
    {
        if (isContradictory())
            return fail(ErrorCode::InvalidRequest, "two-vins",
                        "one VIN was expected in the picture, and different ones were read");
        if (m_candidates.size() == 1) {
            if (isConfirmed()) return m_candidates.begin()->first;
            return fail(ErrorCode::InvalidRequest, "vin-unconfirmed",
                        "a Code 39 label without a valid check digit was read only once; a sharper picture is needed");
        }
        if (m_wrongCheckDigit)
            return fail(ErrorCode::InvalidRequest, "vin-check-digit",
                        "the check digit at position 9 of the VIN read does not fit: misread or misprinted");
        if (m_otherMaker)
            return fail(ErrorCode::InvalidRequest, "vin-maker",
                        "a VIN of a maker was read that this line does not build");
        if (m_codeSeen) return fail(ErrorCode::InvalidRequest, "no-vin", "a barcode was read, and it holds no VIN");
        return fail(ErrorCode::InvalidRequest, "no-code", "no barcode was found in the picture");
    }

private:
    struct Candidate
    {
        bool isSure = false;
        std::set<std::size_t> passes;
    };

    [[nodiscard]] bool isContradictory() const { return m_twoVinsInOneText || m_candidates.size() > 1; }

    [[nodiscard]] bool isConfirmed() const
    {
        const Candidate& candidate = m_candidates.begin()->second;
        return candidate.isSure || candidate.passes.size() > 1;
    }

    LabelRules m_label;
    std::map<Vin, Candidate> m_candidates;
    bool m_codeSeen = false;
    bool m_wrongCheckDigit = false;
    bool m_otherMaker = false;
    bool m_twoVinsInOneText = false;
};

std::filesystem::path helperBesideExecutable()
{
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "v2c-scan-helper";
}

/// One life of the helper: from its start to its end, its death or its time-out.
class HelperRun
{
public:
    enum class End { AllPasses, Decided, Died, TimedOut, Overall, NotStarted, Missing, NotAPicture, TooLarge };

    HelperRun(const ScanSettings& settings, Clock::time_point overallDeadline, Evidence& evidence)
        : m_settings(settings), m_overallDeadline(overallDeadline), m_evidence(evidence)
    {
    }

    End run(const std::filesystem::path& helper, const std::filesystem::path& picture, std::size_t firstPass)
    {
        QProcess process;
        process.setStandardErrorFile(QProcess::nullDevice());
        process.setStandardInputFile(QProcess::nullDevice());
        process.start(QString::fromStdString(helper.string()),
                      {QStringLiteral("--from"), QString::number(firstPass),
                       QString::fromStdString(std::filesystem::absolute(picture).string())});
        if (!process.waitForStarted(static_cast<int>(kLoadTimeout.count()))) return End::NotStarted;
        const End end = follow(process);
        if (process.state() != QProcess::NotRunning) {
            process.kill();
            process.waitForFinished(-1);
        }
        return end;
    }

    /// The pass that was under way at the end; empty while the picture was being loaded.
    [[nodiscard]] std::optional<std::size_t> pass() const { return m_pass; }

private:
    End follow(QProcess& process)
    {
        m_deadline = Clock::now() + kLoadTimeout;
        for (;;) {
            const auto now = Clock::now();
            if (now >= m_overallDeadline) return End::Overall;
            if (now >= m_deadline) return End::TimedOut;
            const auto left = std::chrono::ceil<milliseconds>(std::min(m_deadline, m_overallDeadline) - now);
            if (!process.canReadLine() && process.state() != QProcess::NotRunning)
                process.waitForReadyRead(static_cast<int>(left.count()));
            while (process.canReadLine()) {
                takeLine(process.readLine(kLongestLine));
                if (m_isComplete) return End::AllPasses;
                if (m_pass >= kPassesAlwaysRun && m_evidence.isDecided()) return End::Decided;
            }
            if (process.bytesAvailable() > kLongestLine) return End::Died;
            if (process.state() == QProcess::NotRunning) return ending(process);
        }
    }

    void takeLine(const QByteArray& line)
    {
        const auto words = line.trimmed().split(' ');
        if (words.size() == 2 && words[0] == "pass") {
            bool isNumber = false;
            const auto number = words[1].toUInt(&isNumber);
            if (!isNumber) return;
            m_pass = number;
            m_deadline = Clock::now() + m_settings.passTimeout;
        } else if (words.size() == 3 && words[0] == "code" && m_pass) {
            m_evidence.add(*m_pass, words[1].toStdString(), QByteArray::fromHex(words[2]).toStdString());
        } else if (words.size() == 1 && words[0] == "end") {
            m_isComplete = true;
        }
    }

    static End ending(const QProcess& process)
    {
        if (process.exitStatus() == QProcess::CrashExit) return End::Died;
        switch (process.exitCode()) {
        case 2:
            return End::Missing;
        case 3:
            return End::NotAPicture;
        case 4:
            return End::TooLarge;
        default:
            return End::Died;
        }
    }

    const ScanSettings& m_settings;
    Clock::time_point m_overallDeadline;
    Evidence& m_evidence;
    Clock::time_point m_deadline;
    std::optional<std::size_t> m_pass;
    bool m_isComplete = false;
};

} // namespace

Result<Vin> scanVinFromImage(const std::filesystem::path& picture, const ScanSettings& settings)
{
    const auto helper = settings.helper.empty() ? helperBesideExecutable() : settings.helper;
    const auto overallDeadline = Clock::now() + settings.overallTimeout;
    Evidence evidence(settings.vinRules);
    std::size_t firstPass = 0;
    for (;;) {
        HelperRun run(settings, overallDeadline, evidence);
        switch (run.run(helper, picture, firstPass)) {
        case HelperRun::End::AllPasses:
        case HelperRun::End::Decided:
            return evidence.verdict();
        case HelperRun::End::Overall:
            if (!evidence.isEmpty()) return evidence.verdict();
            return fail(ErrorCode::InvalidRequest, "scan-timeout",
                        "no barcode was found within " + std::to_string(settings.overallTimeout.count()) + " ms");
        case HelperRun::End::NotStarted:
            return fail(ErrorCode::Internal, "scan-helper-missing", "cannot start " + helper.string());
        case HelperRun::End::Missing:
            return fail(ErrorCode::NotFound, "file-missing", "no readable file " + picture.string());
        case HelperRun::End::NotAPicture:
            return fail(ErrorCode::InvalidRequest, "not-a-picture",
                        "expected a PNG, JPEG, BMP or PNM picture: " + picture.string());
        case HelperRun::End::TooLarge:
            return fail(ErrorCode::InvalidRequest, "picture-too-large",
                        "a picture may have 64 megapixels: " + picture.string());
        case HelperRun::End::Died:
        case HelperRun::End::TimedOut:
            if (!run.pass())
                return fail(ErrorCode::InvalidRequest, "not-a-picture",
                            "the picture could not be loaded: " + picture.string());
            firstPass = *run.pass() + 1;
            break;
        }
    }
}

} // namespace station
