#include "broker-guard/broker_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

namespace gateway {
namespace {

tl::unexpected<Error> refuse(std::string detail)
{
    return fail(ErrorCode::InvalidRequest, "guard-config", std::move(detail));
}

Result<std::string> readSecret(const std::filesystem::path& file)
{
    struct stat status
    {
    };
    if (stat(file.c_str(), &status) != 0) return refuse("database_url_file: cannot read " + file.string());
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return refuse("database_url_file: " + file.string() + " may be read by others than its owner");
    std::ifstream stream(file);
    if (!stream) return refuse("database_url_file: cannot read " + file.string());
    std::string line;
    std::getline(stream, line);
    if (line.empty()) return refuse("database_url_file: expected postgresql://..., found an empty line");
    return line;
}

Result<std::int64_t> number(const std::string& option, const std::string& text, std::int64_t least, std::int64_t most)
{
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size() || value < least || value > most)
        return refuse(option + ": expected a number from " + std::to_string(least) + " to " + std::to_string(most) +
                      ", got '" + text + "'");
    return value;
}

std::string hostName()
{
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
    return name.data();
}

Result<void> checkFile(const std::filesystem::path& file, int depth)
{
    const auto broken = [&](std::string detail) {
        return fail(ErrorCode::InvalidRequest, "broker-config", file.string() + std::move(detail));
    };
    if (depth > 8) return broken(": include_dir nested too deep");
    std::ifstream stream(file);
    if (!stream) return broken(": cannot be read");
    std::string line;
    for (int lineNumber = 1; std::getline(stream, line); ++lineNumber) {
        std::istringstream words(line);
        std::string name;
        std::string value;
        words >> name >> value;
        const auto at = ":" + std::to_string(lineNumber) + ": ";
        if (name == "use_identity_as_username" || name == "use_subject_as_username") {
            if (value != "false") return broken(at + name + " takes the login past the guard; it sets the name itself");
        } else if (name == "per_listener_settings") {
            if (value != "false") return broken(at + name + " keeps the broker from calling the guard regularly");
        } else if (name == "include_dir") {
            std::error_code error;
            for (const auto& entry : std::filesystem::directory_iterator(value, error))
                if (entry.path().extension() == ".conf")
                    if (auto done = checkFile(entry.path(), depth + 1); !done) return done;
            if (error) return broken(at + "include_dir " + value + ": " + error.message());
        }
    }
    return {};
}

} // namespace

Result<GuardConfig> parseGuardConfig(const std::map<std::string, std::string>& options)
{
    GuardConfig config;
    config.consumer = "broker-guard:" + hostName();
    std::filesystem::path brokerConfig;
    for (const auto& [name, text] : options) {
        if (name == "database_url_file") {
            auto url = readSecret(text);
            if (!url) return tl::unexpected(url.error());
            config.databaseUrl = std::move(*url);
        } else if (name == "broker_config") {
            brokerConfig = text;
        } else if (name == "consumer") {
            if (text.empty() || text.size() > 200) return refuse("consumer: expected 1 to 200 characters");
            config.consumer = text;
        } else if (name == "metrics_file") {
            config.metricsFile = text;
        } else if (name == "feed_timeout_s") {
            const auto value = number(name, text, 1, 86'400);
            if (!value) return tl::unexpected(value.error());
            config.guard.feedTimeout = std::chrono::seconds(*value);
        } else if (name == "kicks_per_tick") {
            const auto value = number(name, text, 1, 100'000);
            if (!value) return tl::unexpected(value.error());
            config.guard.kicksPerTick = static_cast<std::size_t>(*value);
        } else if (name == "start_timeout_ms") {
            const auto value = number(name, text, 0, 600'000);
            if (!value) return tl::unexpected(value.error());
            config.startTimeout = std::chrono::milliseconds(*value);
        } else if (name == "refuse_when_blind") {
            if (text != "true" && text != "false") return refuse(name + ": expected true or false, got '" + text + "'");
            config.guard.refuseWhenBlind = text == "true";
        } else {
            return refuse("unknown option " + name);
        }
    }
    if (config.databaseUrl.empty()) return refuse("database_url_file is missing");
    if (brokerConfig.empty()) return refuse("broker_config is missing: the path of the broker's own configuration");
    if (auto fits = checkBrokerConfig(brokerConfig); !fits) return tl::unexpected(fits.error());
    return config;
}

Result<void> checkBrokerConfig(const std::filesystem::path& file)
{
    return checkFile(file, 0);
}

} // namespace gateway
