#include <atomic>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "signer/pkcs11.h"
#include "signer/signer_config.h"

/// How often a key of a signer's configuration signs per second with nothing around it: the limit of the HSM. No
/// v2c-signer may use the token meanwhile. Prints one JSON object {"1": rate, "2": rate, "cpu_ms": of a signature}, the
/// rates by number of threads.
namespace {

using namespace gateway;
using namespace gateway::signer;
using std::chrono::steady_clock;

template <typename T>
T valueOf(HsmResult<T> result)
{
    if (!result) throw std::runtime_error(result.error().detail);
    return std::move(*result);
}

double cpuMilliseconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) { return double(time.tv_sec) * 1e3 + double(time.tv_usec) / 1e3; };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

double signaturesPerSecond(const HsmKey& key, int threadCount, double seconds)
{
    const Bytes message(1000, 0x5A); // the size of a TBSCertificate
    const auto end = steady_clock::now() + std::chrono::duration<double>(seconds);
    std::atomic<int> number{0};
    std::atomic<bool> hasFailed{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < threadCount; ++i)
        threads.emplace_back([&] {
            while (steady_clock::now() < end && !hasFailed) {
                if (key.sign(message))
                    ++number;
                else
                    hasFailed = true;
            }
        });
    for (auto& thread : threads)
        thread.join();
    if (hasFailed) throw std::runtime_error("the token does not sign");
    return number / seconds;
}

} // namespace

int main(int argc, char** argv)
{
    std::string file;
    double seconds = 3;
    CLI::App app("Signs with the first key of a signer's configuration, as often as it can", "sign_limit");
    app.add_option("--config", file, "of v2c-signer")->required();
    app.add_option("--seconds", seconds, "for each number of threads");
    CLI11_PARSE(app, argc, argv);
    try {
        const auto config = loadSignerConfig(file);
        if (!config) throw std::runtime_error(config.error().detail);
        const auto pin = loadPin(config->pinFile);
        if (!pin) throw std::runtime_error(pin.error().detail);
        auto module = valueOf(HsmModule::load(config->module));
        const auto token = valueOf(HsmToken::open(module, config->token, *pin));
        const auto key = valueOf(token.findKey(config->keys.front().label));
        nlohmann::ordered_json rates;
        const auto cpuBefore = cpuMilliseconds();
        double number = 0;
        for (const int threads : {1, 2}) {
            const auto rate = signaturesPerSecond(key, threads, seconds);
            rates[std::to_string(threads)] = rate;
            number += rate * seconds;
        }
        rates["cpu_ms"] = (cpuMilliseconds() - cpuBefore) / number;
        std::cout << rates << std::endl;
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "sign_limit: " << error.what() << '\n';
        return 1;
    }
}
