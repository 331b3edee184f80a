#include "gateway/json_log.h"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace gateway {
namespace {

constexpr std::size_t kFileOctets = std::size_t(20) << 20;
constexpr std::size_t kFiles = 10;

class JsonMessageFlag final : public spdlog::custom_flag_formatter
{
public:
    void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override
    {
        const std::string_view text(message.payload.data(), message.payload.size());
        std::string field;
        if (text.starts_with("{\"") && nlohmann::json::accept(text))
            field = "\"fields\":" + std::string(text);
        else
            field = "\"message\":" + nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
        out.append(field.data(), field.data() + field.size());
    }
    std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonMessageFlag>(); }
};

std::unique_ptr<spdlog::formatter> jsonFormatter()
{
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    formatter->add_flag<JsonMessageFlag>('*').set_pattern(
        R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","logger":"%n",%*})");
    return formatter;
}

} // namespace

Result<std::shared_ptr<spdlog::logger>> makeLogger(const std::string& name, const LogConfig& config)
{
    std::vector<spdlog::sink_ptr> sinks;
    auto terminal = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    if (isatty(STDERR_FILENO) == 0) terminal->set_formatter(jsonFormatter());
    sinks.push_back(std::move(terminal));
    if (!config.file.empty()) {
        try {
            auto file =
                std::make_shared<spdlog::sinks::rotating_file_sink_mt>(config.file.string(), kFileOctets, kFiles);
            file->set_formatter(jsonFormatter());
            sinks.push_back(std::move(file));
        } catch (const spdlog::spdlog_ex& error) {
            return fail(ErrorCode::InvalidRequest, "log-file", error.what());
        }
    }
    auto logger = std::make_shared<spdlog::logger>(name, sinks.begin(), sinks.end());
    logger->set_level(spdlog::level::from_str(config.level));
    logger->flush_on(spdlog::level::info);
    return logger;
}

} // namespace gateway
