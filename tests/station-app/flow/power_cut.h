#pragma once

#include <QTest>

#include "station-app/flow/fake_world.h"

namespace station::test {

enum class Cuts { Once, Twice };

/// Cuts the power after the n-th record of a run, n = 1, 2 ... until a run gets through; starts again each time in the
/// same world; and looks at what is left. Cuts::Twice also cuts the second run, at every point of its own.
/// @param makeStation  a fresh station's journal for one world; called once per world
template <typename Station>
void cutThePowerAtEveryRecord(const std::function<Station()>& makeStation, const std::function<void(World&)>& prepare,
                              Outcome expected, Cuts times = Cuts::Twice)
{
    const auto runOnce = [](World& world, Station& station, int cutAfter) -> std::optional<RunResult> {
        RecordingObserver observer;
        ProvisioningRun run(world.parts(station.opener(), [&](int index, StepId, RecordPhase) {
            if (index == cutAfter) throw PowerCut{};
        }));
        try {
            return run.provision(kVin, 1, observer);
        } catch (const PowerCut&) {
            return std::nullopt;
        }
    };

    int cuts = 0;
    for (int first = 1;; ++first) {
        bool gotThrough = false;
        for (int second = 1;; ++second) {
            World world;
            prepare(world);
            Station station = makeStation();
            if (runOnce(world, station, first)) {
                gotThrough = true;
                break;
            }
            ++cuts;
            auto result = runOnce(world, station, times == Cuts::Twice ? second : 0);
            const bool secondGotThrough = result.has_value();
            if (!result) result = runOnce(world, station, 0);
            QVERIFY(result.has_value());

            const auto where = "cut after record " + std::to_string(first) + ", again after " + std::to_string(second);
            const int live = world.gateway.live();
            if (expected == Outcome::Provisioned) {
                QVERIFY2(result->outcome == Outcome::Provisioned, where.c_str());
                QVERIFY2(live == 1, where.c_str());
                QVERIFY2(world.gateway.requests.size() == 1, where.c_str());
                QVERIFY2(result->reported, where.c_str());
                QVERIFY2(world.unit.keys == 1, where.c_str());
                QVERIFY2(world.gateway.certificates.begin()->second == GatewayWorld::Status::Provisioned,
                         where.c_str());
            } else {
                QVERIFY2(result->outcome == expected, where.c_str());
                QVERIFY2(live == 0, where.c_str());
            }
            if (secondGotThrough) break;
        }
        if (gotThrough) break;
    }
    QVERIFY2(cuts >= 12, "fewer cuts than a run has records");
}

} // namespace station::test
