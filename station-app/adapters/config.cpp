#include "adapters/config.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

#include "adapters/config_section.h"

namespace station {
namespace {

using config::bad;
using config::ConfigFault;
using config::json;
using config::Section;
using gateway::ErrorCode;

std::uint32_t parseCanId(Section& section, const char* key, std::uint32_t fallback)
{
    constexpr std::uint32_t largest = 0x1FFFFFFF; // 29 bit
    const auto* value = section.find(key);
    if (!value) return fallback;
    constexpr auto expected = "a CAN identifier as \"0x7E0\", at most 29 bits";
    if (!value->is_string()) bad(section.at(key), expected, *value);
    const auto& text = value->get_ref<const std::string&>();
    if (!text.starts_with("0x") || text.size() < 3 || text.size() > 10 ||
        text.find_first_not_of("0123456789abcdefABCDEF", 2) != std::string::npos)
        bad(section.at(key), expected, *value);
    const auto id = std::stoul(text, nullptr, 16);
    if (id > largest) bad(section.at(key), expected, *value);
    return static_cast<std::uint32_t>(id);
}

std::vector<SlotConfig> parseSlots(const json& value)
{
    if (!value.is_array() || value.empty()) bad("slots", "a list of at least one slot", value);
    std::vector<SlotConfig> slots;
    for (std::size_t i = 0; i < value.size(); ++i) {
        Section section(value[i], "slots[" + std::to_string(i) + "]");
        SlotConfig slot;
        slot.bus = section.needText("bus");
        const auto colon = slot.bus.find(':');
        if (colon == 0 || colon == std::string::npos || colon + 1 == slot.bus.size())
            bad(section.at("bus"), "\"plugin:device\" as \"socketcan:can0\"", value[i]["bus"]);
        slot.requestId = parseCanId(section, "request_id", slot.requestId);
        slot.responseId = parseCanId(section, "response_id", slot.responseId);
        if (slot.requestId == slot.responseId)
            bad(section.at("response_id"), "another identifier than request_id", value[i]);
        section.refuseUnknown();
        for (std::size_t other = 0; other < slots.size(); ++other)
            if (slots[other].bus == slot.bus && slots[other].requestId == slot.requestId)
                bad(section.at("bus"), "another bus or request_id than slots[" + std::to_string(other) + "]", value[i]);
        slots.push_back(std::move(slot));
    }
    return slots;
}

CheckDigitRule ruleOf(const json& value, const std::string& path)
{
    for (const auto rule :
         {CheckDigitRule::Off, CheckDigitRule::Advise, CheckDigitRule::Confirm, CheckDigitRule::Require})
        if (value == name(rule)) return rule;
    bad(path, "\"require\", \"confirm\", \"advise\" or \"off\"", value);
}

CheckDigitRule parseRule(Section& section, const char* key, CheckDigitRule fallback)
{
    const auto* value = section.find(key);
    return value ? ruleOf(*value, section.at(key)) : fallback;
}

/// 1 to 17 characters that a VIN may begin with.
std::string vinPrefix(const std::string& text, const std::string& path)
{
    const bool fits = !text.empty() && text.size() <= gateway::Vin::kLength &&
                      text.find_first_not_of("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") == std::string::npos;
    if (!fits) bad(path, "the first 1 to 17 characters of VINs, upper case without I, O and Q", json(text));
    return text;
}

void parseVinRules(Section section, VinRules& rules)
{
    rules.northAmerica = parseRule(section, "north_america", rules.northAmerica);
    rules.elsewhere = parseRule(section, "elsewhere", rules.elsewhere);
    if (const auto* makers = section.find("makers")) {
        if (!makers->is_object()) bad(section.at("makers"), "an object as {\"L\": \"require\"}", *makers);
        for (const auto& [prefix, rule] : makers->items())
            rules.makers.push_back(
                {vinPrefix(prefix, section.at("makers")), ruleOf(rule, section.at("makers") + "." + prefix)});
    }
    section.refuseUnknown();
}

std::vector<std::string> parseAcceptedMakers(const json& value)
{
    constexpr auto path = "accepted_makers";
    if (!value.is_array()) bad(path, "a list as [\"5VX\", \"WVC\"]", value);
    std::vector<std::string> makers;
    for (const auto& maker : value)
        makers.push_back(vinPrefix(Section::textOf(maker, path), path));
    return makers;
}

void parseScanner(Section section, ScannerConfig& scanner)
{
    constexpr std::size_t longest = 16;
    for (auto [key, text] : {std::pair{"prefix", &scanner.prefix}, std::pair{"suffix", &scanner.suffix}}) {
        *text = section.text(key, "");
        if (text->size() > longest) bad(section.at(key), "at most 16 characters", json(*text));
    }
    scanner.code39Mod43 = section.flag("code39_mod43", scanner.code39Mod43);
    section.refuseUnknown();
}

void parseGateway(Section section, Config& config, const std::filesystem::path& folder)
{
    const auto& urls = section.need("urls");
    if (!urls.is_array() || urls.empty()) bad(section.at("urls"), "a list of at least one URL", urls);
    for (const auto& url : urls) {
        const auto text = Section::textOf(url, section.at("urls"));
        if (!text.starts_with("https://")) bad(section.at("urls"), "https://host:port", url);
        config.gatewayUrls.push_back(text);
    }
    config.rootCertificate = folder / section.needText("root_certificate");
    config.connectTimeout = section.milliseconds("connect_timeout_ms", config.connectTimeout);
    config.requestTimeout = section.milliseconds("request_timeout_ms", config.requestTimeout);
    section.refuseUnknown();
}

void parseLog(Section section, LogConfig& log, const std::filesystem::path& folder)
{
    const auto file = section.text("file", "");
    if (!file.empty()) log.file = folder / file;
    log.level = section.text("level", log.level);
    static const std::set<std::string> levels{"trace", "debug", "info", "warning", "error", "critical", "off"};
    if (!levels.contains(log.level))
        bad(section.at("level"), "trace, debug, info, warning, error, critical or off", json(log.level));
    section.refuseUnknown();
}

void parseWindow(Section section, WindowConfig& window)
{
    window.technician = section.text("technician", "");
    window.cycleTarget = std::chrono::seconds(section.number("cycle_target_s", window.cycleTarget.count(), 1, 3600));
    if (const auto* inches = section.find("screen_diagonal_inches")) {
        if (!inches->is_number() || inches->get<double>() < 0 || inches->get<double>() > 200)
            bad(section.at("screen_diagonal_inches"), "0 to 200", *inches);
        window.screenDiagonalInches = inches->get<double>();
    }
    window.theme = section.choice("theme", window.theme, {"light", "dark", "contrast"});
    window.language = section.choice("language", window.language, {"", "en", "de", "es", "zh"});
    window.fullScreen = section.flag("full_screen", window.fullScreen);
    window.simulation = section.flag("simulation", window.simulation);
    section.refuseUnknown();
}

void parseLogin(Section section, LoginConfig& login)
{
    login.required = section.flag("required", login.required);
    login.lockAfter = std::chrono::seconds(section.number("lock_after_s", login.lockAfter.count(), 10, 86'400));
    login.badgePrefix = section.text("badge_prefix", "");
    if (login.badgePrefix.size() > 16)
        bad(section.at("badge_prefix"), "at most 16 characters", json(login.badgePrefix));
    section.refuseUnknown();
}

void parseExport(Section section, ExportConfig& output, const std::filesystem::path& folder)
{
    for (auto [key, path] :
         {std::pair{"folder", &output.folder}, std::pair{"audit_token_file", &output.auditTokenFile}}) {
        const auto text = section.text(key, "");
        if (!text.empty()) *path = folder / text;
    }
    section.refuseUnknown();
}

/// A program with its arguments; no shell is in between.
std::vector<std::string> parseCommand(Section& section, const char* key)
{
    const auto* value = section.find(key);
    if (!value) return {};
    constexpr auto expected = "a program and its arguments as [\"lp\", \"-d\", \"zebra\"]";
    if (!value->is_array() || value->empty()) bad(section.at(key), expected, *value);
    std::vector<std::string> command;
    for (const auto& part : *value) {
        if (!part.is_string()) bad(section.at(key), expected, *value);
        command.push_back(part.get<std::string>());
    }
    if (command.front().empty()) bad(section.at(key), expected, *value);
    return command;
}

void parseLine(Section section, OutputConfig& line, const std::filesystem::path& folder)
{
    line.andon = parseCommand(section, "andon_command");
    line.sound = parseCommand(section, "sound_command");
    line.label = parseCommand(section, "label_command");
    for (auto [key, path] :
         {std::pair{"label_folder", &line.labelFolder}, std::pair{"label_template", &line.labelTemplate}}) {
        const auto text = section.text(key, "");
        if (!text.empty()) *path = folder / text;
    }
    line.timeout = section.milliseconds("timeout_ms", line.timeout);
    section.refuseUnknown();
}

std::vector<std::chrono::minutes> parseShifts(const json& value)
{
    constexpr auto expected = "starts of shifts in their order, as [\"06:00\", \"14:00\", \"22:00\"]";
    if (!value.is_array()) bad("shifts", expected, value);
    std::vector<std::chrono::minutes> shifts;
    for (const auto& entry : value) {
        const auto text = Section::textOf(entry, "shifts");
        const bool fits = text.size() == 5 && text[2] == ':' && text.find_first_not_of("0123456789:") == text.npos &&
                          std::ranges::count(text, ':') == 1 && text < "24:00" && text[3] < '6';
        if (!fits) bad("shifts", expected, value);
        const std::chrono::minutes start(std::stoi(text.substr(0, 2)) * 60 + std::stoi(text.substr(3)));
        if (!shifts.empty() && start <= shifts.back()) bad("shifts", expected, value);
        shifts.push_back(start);
    }
    return shifts;
}

Config read(const json& document, const std::filesystem::path& folder)
{
    Config config;
    Section top(document, "");
    config.name = top.needText("name");
    parseGateway(Section(top.need("gateway"), "gateway"), config, folder);
    Section credential(top.need("credential"), "credential");
    config.certificate = folder / credential.needText("certificate");
    config.key = folder / credential.needText("key");
    credential.refuseUnknown();
    config.identitySecrets = folder / top.needText("identity_secrets");
    config.journal = folder / top.needText("journal");
    config.slots = parseSlots(top.need("slots"));
    if (const auto* value = top.find("budgets")) {
        Section budgets(*value, "budgets");
        config.budgets.unit = budgets.milliseconds("unit_ms", config.budgets.unit);
        config.budgets.issue = budgets.milliseconds("issue_ms", config.budgets.issue);
        config.budgets.report = budgets.milliseconds("report_ms", config.budgets.report);
        budgets.refuseUnknown();
    }
    if (const auto* value = top.find("check_digit")) parseVinRules(Section(*value, "check_digit"), config.vinRules);
    if (const auto* value = top.find("accepted_makers")) config.vinRules.acceptedMakers = parseAcceptedMakers(*value);
    if (const auto* value = top.find("scanner")) parseScanner(Section(*value, "scanner"), config.scanner);
    if (const auto* value = top.find("login")) parseLogin(Section(*value, "login"), config.login);
    if (const auto* value = top.find("shifts")) config.shifts = parseShifts(*value);
    if (const auto* value = top.find("export")) parseExport(Section(*value, "export"), config.output, folder);
    if (const auto* value = top.find("line")) parseLine(Section(*value, "line"), config.line, folder);
    if (const auto* value = top.find("log")) parseLog(Section(*value, "log"), config.log, folder);
    if (const auto* value = top.find("window")) parseWindow(Section(*value, "window"), config.window);
    const auto helper = top.text("scan_helper", "");
    if (!helper.empty()) config.scanHelper = folder / helper;
    top.refuseUnknown();
    return config;
}

} // namespace

gateway::Result<Config> parseConfig(std::string_view text, const std::filesystem::path& folder)
{
    try {
        return read(json::parse(text), folder);
    } catch (const ConfigFault& fault) {
        return gateway::fail(ErrorCode::InvalidRequest, fault.type, fault.detail);
    } catch (const json::exception& error) {
        return gateway::fail(ErrorCode::InvalidRequest, "config-syntax", error.what());
    }
}

gateway::Result<Config> loadConfig(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (!stream.good() && !stream.eof())
        return gateway::fail(ErrorCode::InvalidRequest, "config-unreadable",
                             file.string() + ": " + std::strerror(errno));
    auto config = parseConfig(text, std::filesystem::absolute(file).parent_path());
    if (!config)
        return gateway::fail(config.error().code, config.error().type, file.string() + ": " + config.error().detail);
    return config;
}

} // namespace station
