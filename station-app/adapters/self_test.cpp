#include "adapters/self_test.h"

#include <filesystem>

#include <sys/timex.h>

#include "adapters/durable_file.h"
#include "adapters/station_system.h"

namespace station {
namespace {

using State = SelfCheck::State;

constexpr double kMebi = 1024.0 * 1024.0;
/// A shift of journal and logs; below it somebody has to make room before long.
constexpr double kScarceMebi = 500;
constexpr double kTooLittleMebi = 50;

SelfCheck checkBus(StationSystem& system, int slot)
{
    const auto isUp = system.isBusUp(slot);
    // Only a run can tell of a bus that is no network interface.
    if (!isUp) return {"bus", State::Warning, std::to_string(slot)};
    return {"bus", *isUp ? State::Good : State::Bad, std::to_string(slot)};
}

SelfCheck checkGateway(StationSystem& system)
{
    const auto standing = system.checkGateway();
    if (!standing) return {"gateway", State::Bad, standing.error().type};
    const bool isUsual = !standing->isBackupGateway && !standing->isBackupAuthority;
    return {"gateway", isUsual ? State::Good : State::Warning, isUsual ? "" : "backup"};
}

SelfCheck checkClock()
{
    struct timex clock
    {
    };
    const bool isKept = ::ntp_adjtime(&clock) != TIME_ERROR;
    return {"clock", isKept ? State::Good : State::Warning, isKept ? "" : "unsynchronised"};
}

SelfCheck checkDisk(const std::filesystem::path& journal)
{
    constexpr auto probe = ".v2c-self-test";
    const auto folder = journal.parent_path();
    std::error_code error;
    const double free = static_cast<double>(std::filesystem::space(folder, error).available) / kMebi;
    const auto text = std::to_string(static_cast<long long>(free)) + " MB";
    std::filesystem::remove(folder / probe, error);
    const auto written = DurableFolder::open(folder).and_then(
        [&](const DurableFolder& opened) { return opened.write(probe, std::string(4096, 'x')); });
    std::filesystem::remove(folder / probe, error);
    if (!written) return {"disk", State::Bad, written.error().type};
    return {"disk", free < kTooLittleMebi ? State::Bad : free < kScarceMebi ? State::Warning : State::Good, text};
}

SelfCheck checkJournal(StationSystem& system)
{
    const auto waiting = system.countWaitingReports();
    if (!waiting) return {"journal", State::Bad, waiting.error().type};
    return {"journal", State::Good, ""};
}

} // namespace

std::vector<SelfCheck> runSelfTest(StationSystem& system)
{
    std::vector<SelfCheck> checks;
    for (std::size_t slot = 1; slot <= system.config().slots.size(); ++slot)
        checks.push_back(checkBus(system, static_cast<int>(slot)));
    checks.push_back(checkGateway(system));
    checks.push_back(checkClock());
    checks.push_back(checkDisk(system.config().journal));
    checks.push_back(checkJournal(system));
    return checks;
}

} // namespace station
