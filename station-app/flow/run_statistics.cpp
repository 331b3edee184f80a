#include "flow/run_statistics.h"

#include <algorithm>
#include <map>

namespace station {
namespace {

constexpr int kMostBuckets = 24;
constexpr std::chrono::seconds kHour{3600};

/// The value that a share of all does not exceed (nearest rank).
std::chrono::milliseconds quantile(std::vector<std::chrono::milliseconds> times, int percent)
{
    if (times.empty()) return {};
    std::ranges::sort(times);
    const auto rank = (times.size() * static_cast<std::size_t>(percent) + 99) / 100;
    return times[std::max<std::size_t>(rank, 1) - 1];
}

void add(RunCounts& counts, const RunSample& sample)
{
    ++counts.scanned;
    if (!sample.outcome)
        ++counts.open;
    else if (*sample.outcome != Outcome::Provisioned)
        ++counts.failed;
    else {
        ++counts.passed;
        if (sample.firstTime) ++counts.passedFirstTime;
    }
}

/// Whole hours, so that people can read the axis: 1, 2, 3, ... hours.
std::chrono::seconds bucketWidth(gateway::Time first, gateway::Time last)
{
    const auto hours = (last - first) / kHour + 1;
    return kHour * ((hours + kMostBuckets - 1) / kMostBuckets);
}

void fillBuckets(RunStatistics& statistics, std::span<const RunSample> samples, std::optional<gateway::Time> begin)
{
    if (samples.empty()) return;
    const gateway::Time first = std::min(begin.value_or(samples.front().openedAt), samples.front().openedAt);
    const gateway::Time start = gateway::Time(first.time_since_epoch() / kHour * kHour);
    statistics.bucket = bucketWidth(start, samples.back().openedAt);
    for (const RunSample& sample : samples) {
        const auto index = static_cast<std::size_t>((sample.openedAt - start) / statistics.bucket);
        while (statistics.buckets.size() <= index)
            statistics.buckets.push_back({start + statistics.bucket * statistics.buckets.size(), {}});
        add(statistics.buckets[index].counts, sample);
    }
}

} // namespace

RunStatistics makeStatistics(std::span<const RunSample> samples, std::span<const StepSample> steps,
                             std::optional<gateway::Time> begin)
{
    RunStatistics statistics;
    std::map<std::string, int> causes;
    for (const RunSample& sample : samples) {
        add(statistics.counts, sample);
        if (sample.outcome == Outcome::Provisioned) statistics.cycleTimes.push_back(sample.worked);
        if (sample.outcome != Outcome::Provisioned && !sample.cause.empty()) ++causes[sample.cause];
    }
    fillBuckets(statistics, samples, begin);
    statistics.median = quantile(statistics.cycleTimes, 50);
    statistics.p90 = quantile(statistics.cycleTimes, 90);
    for (const auto& [cause, count] : causes)
        statistics.causes.push_back({cause, count});
    std::ranges::stable_sort(statistics.causes, std::greater(), &RunStatistics::Cause::count);

    std::map<StepId, std::vector<std::chrono::milliseconds>> times;
    for (const auto& [step, time] : steps)
        times[step].push_back(time);
    for (const auto& [step, all] : times)
        statistics.steps.push_back({step, static_cast<int>(all.size()), quantile(all, 50), quantile(all, 90)});
    return statistics;
}

} // namespace station
