#include "gateway/gateway_config.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>

#include <arpa/inet.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "audit/audit_head.h"
#include "pki/profile_template.h"
#include "store/database_url.h"

namespace gateway {
namespace {

using nlohmann::json;

/// Reads the keys of one object. The first fault sticks; what is read after it are defaults.
class Section final
{
public:
    Section(const json& object, std::string name, std::optional<Error>& fault)
        : m_object(object), m_name(std::move(name)), m_fault(fault)
    {
        if (!m_object.is_object()) note(m_name, "an object", m_object.type_name());
    }

    std::string text(const char* key, std::optional<std::string> fallback = std::nullopt)
    {
        const json* value = find(key, fallback.has_value(), "a string");
        if (value == nullptr) return fallback.value_or("");
        const bool mayBeEmpty = fallback && fallback->empty();
        if (!value->is_string() || (value->get_ref<const std::string&>().empty() && !mayBeEmpty)) {
            note(path(key), "a string", value->is_string() ? "an empty one" : value->type_name());
            return {};
        }
        return value->get<std::string>();
    }

    std::int64_t number(const char* key, std::int64_t least, std::int64_t most,
                        std::optional<std::int64_t> fallback = std::nullopt)
    {
        const auto expected = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
        const json* value = find(key, fallback.has_value(), expected);
        if (value == nullptr) return fallback.value_or(least);
        const bool isWhole = value->is_number_integer() &&
                             (!value->is_number_unsigned() || value->get<std::uint64_t>() <= std::uint64_t(INT64_MAX));
        if (!isWhole || value->get<std::int64_t>() < least || value->get<std::int64_t>() > most) {
            note(path(key), expected, value->is_number() ? value->dump() : value->type_name());
            return least;
        }
        return value->get<std::int64_t>();
    }

    bool flag(const char* key, bool fallback)
    {
        const json* value = find(key, true, "true or false");
        if (value == nullptr) return fallback;
        if (!value->is_boolean()) note(path(key), "true or false", value->type_name());
        return value->is_boolean() && value->get<bool>();
    }

    /// A text of another kind than plain; what came is repeated in the error.
    template <typename Fits>
    std::string text(const char* key, const std::string& expected, Fits&& fits, std::optional<std::string> fallback)
    {
        const json* value = find(key, fallback.has_value(), expected);
        if (value == nullptr) return fallback.value_or("");
        if (!value->is_string() || !fits(value->get_ref<const std::string&>())) {
            note(path(key), expected, value->is_string() ? shown(*value) : value->type_name());
            return {};
        }
        return value->get<std::string>();
    }

    std::string word(const char* key, const std::vector<std::string>& words, const std::string& fallback)
    {
        std::string expected;
        for (std::size_t i = 0; i < words.size(); ++i)
            expected += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
        return text(
            key, expected,
            [&](const std::string& got) { return std::find(words.begin(), words.end(), got) != words.end(); },
            fallback);
    }

    /// What came is not repeated: it may hold a password.
    std::string databaseUrl(const char* key, std::optional<std::string> fallback = std::nullopt)
    {
        auto url = text(key, std::move(fallback));
        if (url.empty()) return url;
        if (const auto parsed = store::parseDatabaseUrl(url); !parsed) {
            // "expected ...: what is wrong"
            constexpr auto kExpected = std::string_view("expected ").size();
            const auto& detail = parsed.error().detail;
            const auto colon = detail.rfind(": ");
            note(path(key), detail.substr(kExpected, colon - kExpected), detail.substr(colon + 2));
        }
        return url;
    }

    std::vector<std::filesystem::path> paths(const char* key)
    {
        std::vector<std::filesystem::path> result;
        const json* value = find(key, false, "a list of strings");
        if (value == nullptr) return result;
        if (!value->is_array() || value->empty()) {
            note(path(key), "a list of at least one string", value->is_array() ? "an empty one" : value->type_name());
            return result;
        }
        for (const auto& element : *value) {
            if (!element.is_string() || element.get_ref<const std::string&>().empty()) {
                note(path(key), "a list of strings",
                     element.is_string() ? "one with an empty string" : std::string("one with ") + element.type_name());
                return {};
            }
            result.emplace_back(element.get<std::string>());
        }
        return result;
    }

    bool has(const char* key)
    {
        m_known.insert(key);
        return m_object.is_object() && m_object.contains(key);
    }

    /// @param read  takes a text and says whether it fits; every element of an optional list goes through it
    template <typename Read>
    void texts(const char* key, const std::string& expected, Read&& read)
    {
        const json* value = find(key, true, "a list of " + expected);
        if (value == nullptr) return;
        if (!value->is_array()) return note(path(key), "a list of " + expected, value->type_name());
        for (const auto& element : *value) {
            if (!element.is_string())
                return note(path(key), "a list of " + expected, std::string("one with ") + element.type_name());
            if (!read(element.get<std::string>()))
                return note(path(key), "a list of " + expected, "one with " + shown(element));
        }
    }

    /// @param isOptional  when missing, a section without keys
    Section section(const char* key, bool isOptional = false)
    {
        static const json kEmpty = json::object();
        const json* value = find(key, isOptional, "an object");
        return {value != nullptr ? *value : kEmpty, path(key), m_fault};
    }

    /// Of a section whose keys are names that the deployment chooses.
    std::vector<std::string> names() const
    {
        std::vector<std::string> result;
        if (m_object.is_object())
            for (const auto& [key, value] : m_object.items())
                result.push_back(key);
        return result;
    }

    void refuse(const std::string& expected, const std::string& got) { note(m_name, expected, got); }

    /// To be called when all known keys have been read.
    void refuseOthers()
    {
        if (!m_object.is_object()) return;
        for (const auto& [key, value] : m_object.items())
            if (!m_known.contains(key)) note(path(key.c_str()), "one of " + knownKeys(), "an unknown key");
    }

private:
    /// In quotes, shortened.
    static std::string shown(const json& text)
    {
        constexpr std::size_t kLongest = 60;
        const auto quoted = text.dump(-1, ' ', true);
        return quoted.size() <= kLongest ? quoted : quoted.substr(0, kLongest) + "...";
    }

    std::string path(const char* key) const { return m_name.empty() ? key : m_name + '.' + key; }

    std::string knownKeys() const
    {
        std::string keys;
        for (const auto& key : m_known)
            keys += (keys.empty() ? "" : ", ") + key;
        return keys;
    }

    const json* find(const char* key, bool isOptional, const std::string& expected)
    {
        m_known.insert(key);
        if (!m_object.is_object()) return nullptr;
        const auto found = m_object.find(key);
        if (found != m_object.end()) return &*found;
        if (!isOptional) note(path(key), expected, "nothing");
        return nullptr;
    }

    void note(const std::string& key, const std::string& expected, const std::string& got)
    {
        if (!m_fault)
            m_fault = Error{ErrorCode::InvalidRequest, "config", key + ": expected " + expected + ", got " + got};
    }

    const json& m_object;
    std::string m_name;
    std::optional<Error>& m_fault;
    std::set<std::string> m_known;
};

bool isAddress(const std::string& text)
{
    in6_addr unused{};
    return inet_pton(AF_INET, text.c_str(), &unused) == 1 || inet_pton(AF_INET6, text.c_str(), &unused) == 1;
}

/// A name in DNS with one label.
bool isLabel(std::string_view text)
{
    return pki::isDnsName(text) && text.find('.') == std::string_view::npos;
}

std::string hostName()
{
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data() : "gateway";
}

ListenerConfig readListener(Section& section)
{
    ListenerConfig listener;
    listener.address = section.text(
        "address", "an IP address", [](const std::string& text) { return isAddress(text.substr(0, text.find('%'))); },
        "127.0.0.1");
    listener.port = static_cast<std::uint16_t>(section.number("port", 0, 65535));
    return listener;
}

ListenerConfig readPlainListener(Section& listeners, const char* name)
{
    auto section = listeners.section(name);
    auto listener = readListener(section);
    section.refuseOthers();
    return listener;
}

GatewayConfig read(const json& document, std::optional<Error>& fault)
{
    GatewayConfig config;
    Section root(document, "", fault);

    auto database = root.section("database");
    config.database.gatewayUrl = database.databaseUrl("gateway_url");
    config.database.ownerUrl = database.databaseUrl("owner_url", "");
    config.database.migrations = database.text("migrations", "/usr/share/v2c/sql");
    database.refuseOthers();

    auto signer = root.section("signer");
    IssuerConfig primary;
    primary.sockets = signer.paths("sockets");
    config.signing.deadline = std::chrono::milliseconds(signer.number("deadline_ms", 100, 60000, 5000));
    signer.refuseOthers();

    auto pki = root.section("pki");
    const std::filesystem::path folder = pki.text("folder");
    primary.certificate = folder / pki.text("issuer_certificate", "device-issuing-ca.pem");
    primary.chain = folder / pki.text("issuer_chain", "chain.pem");
    primary.key = pki.text("issuer_key", "device-issuing-ca");
    primary.crlName = "v2c";
    config.pki.issuers.push_back(std::move(primary));
    config.pki.profiles = pki.text("profiles", "/usr/share/v2c/profiles");
    config.pki.vehicleProfile = pki.text("vehicle_profile", "vehicle-device");
    config.pki.ocspProfile = pki.text("ocsp_profile", "ocsp-signer");
    config.pki.weakKeys = pki.has("weak_keys") ? pki.text("weak_keys", "") : "/usr/share/v2c/weak-keys.txt";
    pki.refuseOthers();

    if (root.has("backup")) {
        auto section = root.section("backup");
        IssuerConfig backup;
        backup.sockets = section.paths("sockets");
        backup.certificate = folder / section.text("issuer_certificate", "device-issuing-ca-backup.pem");
        backup.chain = folder / section.text("issuer_chain", "chain-backup.pem");
        backup.key = section.text("issuer_key", "device-issuing-ca-backup");
        backup.crlName = "v2c-backup";
        config.signing.takeover = std::chrono::milliseconds(section.number("after_ms", 100, 10000, 800));
        section.refuseOthers();
        config.pki.issuers.push_back(std::move(backup));
    }

    if (root.has("brokers")) {
        auto section = root.section("brokers");
        BrokerConfig brokers;
        brokers.issuer.sockets = config.pki.issuers.front().sockets;
        brokers.issuer.certificate = folder / section.text("issuer_certificate", "cloud-service-ca.pem");
        brokers.issuer.chain = folder / section.text("issuer_chain", "cloud-chain.pem");
        brokers.issuer.key = section.text("issuer_key", "cloud-service-ca");
        brokers.profile = section.text("profile", "mqtt-broker");
        auto regions = section.section("regions");
        if (regions.names().empty()) regions.refuse("at least one region", "none");
        for (const auto& name : regions.names()) {
            auto region = regions.section(name.c_str());
            if (!isLabel(name)) region.refuse("a region's name of letters, digits and '-'", "another one");
            const auto joinInto = [](std::string& list, auto fits) {
                return [&list, fits](const std::string& text) {
                    list += (list.empty() ? "" : ",") + text;
                    return fits(text);
                };
            };
            auto& names = brokers.regions[name];
            region.texts("dns_names", "DNS names", joinInto(names.dnsNames, pki::isDnsName));
            region.texts("ip_addresses", "IP addresses", joinInto(names.ipAddresses, isAddress));
            region.refuseOthers();
        }
        section.refuseOthers();
        config.brokers = std::move(brokers);
    }

    config.identitySecrets = root.text("identity_secrets");

    auto evidenceSection = root.section("evidence");
    const auto evidencePolicy = evidenceSection.word("policy", {"required", "recorded"}, "required");
    config.evidence.settings.policy =
        evidencePolicy == "recorded" ? evidence::EvidencePolicy::Recorded : evidence::EvidencePolicy::Required;
    config.evidence.settings.bundle = evidenceSection.text("bundle");
    config.evidence.keyFile = evidenceSection.text("key_file");
    config.evidence.root = evidenceSection.text("root", "");
    config.evidence.settings.alarm = std::chrono::days(evidenceSection.number("alarm_days", 1, 365, 30));
    evidenceSection.refuseOthers();

    auto issuing = root.section("issuing", true);
    config.issuing.perUnit = std::chrono::seconds(issuing.number("per_unit_s", 0, 31536000, 86400));
    config.issuing.perIssuerAndHour = int(issuing.number("per_issuer_and_hour", 1, 1000000000, 1000));
    if (issuing.has("override")) {
        auto section = issuing.section("override");
        config.overrides.technicianIssuer = folder / section.text("issuer_certificate", "cloud-service-ca.pem");
        config.overrides.signers = int(section.number("signers", 1, 5, 1));
        section.refuseOthers();
    }
    issuing.refuseOthers();

    auto ocsp = root.section("ocsp", true);
    config.responder = ocsp.text("responder", hostName());
    config.ocspLifetimes.goodMaxAge = std::chrono::seconds(ocsp.number("cache_ttl_s", 0, 900, 300));
    config.ocspLifetimes.revokedMaxAge = std::chrono::seconds(ocsp.number("max_age_s", 0, 86400, 3600));
    config.ocspLimits.cacheTtl = config.ocspLifetimes.goodMaxAge;
    config.ocspLimits.cachedAnswers = std::size_t(ocsp.number("cached_answers", 0, 10'000'000, 100'000));
    config.ocspLimits.noncesPerSecond = int(ocsp.number("nonces_per_second", 0, 1'000'000, 1000));
    ocsp.refuseOthers();

    auto crl = root.section("crl");
    config.crl.folder = crl.text("folder");
    config.crl.includeSuperseded = crl.flag("include_superseded", true);
    config.crl.rebuildAfter = std::chrono::seconds(crl.number("rebuild_after_s", 10, 3600, 300));
    crl.refuseOthers();

    if (root.has("vault")) {
        auto section = root.section("vault");
        VaultConfig vault;
        vault.writerUrl = section.databaseUrl("writer_url");
        vault.readerUrl = section.databaseUrl("reader_url", "");
        vault.ownerUrl = section.databaseUrl("owner_url", "");
        vault.migrations = section.text("migrations", (config.database.migrations / "vault").string());
        vault.secrets = section.text("secrets");
        vault.sockets = section.has("sockets") ? section.paths("sockets") : config.pki.issuers.front().sockets;
        if (section.has("keys")) {
            vault.settings.wrappingKeys.clear();
            for (const auto& key : section.paths("keys"))
                vault.settings.wrappingKeys.push_back(key.string());
        }
        const auto policy = section.word("policy", {"required", "best-effort"}, "required");
        vault.settings.policy = policy == "best-effort" ? vault::Policy::BestEffort : vault::Policy::Required;
        vault.settings.usesPerKey = std::uint64_t(section.number("uses_per_key", 1, 1000000000, 10000));
        vault.settings.keyAge = std::chrono::seconds(section.number("key_age_s", 60, 31536000, 86400));
        section.refuseOthers();
        config.vault = std::move(vault);
    }

    if (root.has("audit")) {
        auto section = root.section("audit");
        AuditConfig audit;
        audit.origin = section.text("origin", "1 to 64 characters of a-z, 0-9, '.' and '-'", audit::isOrigin, {});
        audit.key = section.text("key", "audit-signer");
        audit.certificate = folder / section.text("certificate", "audit-signer.pem");
        audit.chain = folder / section.text("chain", "cloud-chain.pem");
        audit.sockets = config.pki.issuers.front().sockets;
        section.refuseOthers();
        config.audit = std::move(audit);
    }

    // The specification's times are the shortest ones.
    auto retention = root.section("retention", true);
    auto& kept = config.retention;
    kept.issuanceDays = int(retention.number("issuance_days", kept.issuanceDays, 36525, kept.issuanceDays));
    kept.accessDays = int(retention.number("access_days", kept.accessDays, 36525, kept.accessDays));
    kept.ocspDays = int(retention.number("ocsp_days", kept.ocspDays, 36525, kept.ocspDays));
    retention.refuseOthers();

    auto listeners = root.section("listeners");
    auto api = listeners.section("api");
    config.api.listener = readListener(api);
    config.api.tls = {api.text("certificate"), api.text("key"), api.text("root")};
    auto proxies = api.section("proxies", true);
    proxies.texts("addresses", "IP addresses", [&](const std::string& text) {
        if (isAddress(text)) config.api.proxies.addresses.insert(text);
        return isAddress(text);
    });
    proxies.texts("certificates_sha256", "SHA-256 values in 64 hex digits", [&](const std::string& text) {
        const auto digest = parseHex(text);
        const bool isDigest = digest && digest->size() == 32;
        if (isDigest) config.api.proxies.certificateSha256.insert(*digest);
        return isDigest;
    });
    proxies.refuseOthers();
    api.refuseOthers();
    if (config.evidence.root.empty()) config.evidence.root = config.api.tls.root;
    config.ocspListener = readPlainListener(listeners, "ocsp");
    config.crlListener = readPlainListener(listeners, "crl");
    config.metricsListener = readPlainListener(listeners, "metrics");
    listeners.refuseOthers();

    auto limits = root.section("limits", true);
    config.limits.maxConnections = std::size_t(limits.number("connections", 1, 100000, 512));
    config.limits.maxPerAddress = std::size_t(limits.number("connections_per_address", 1, 100000, 128));
    config.limits.maxRequests = std::size_t(limits.number("requests", 1, 100000, 256));
    config.limits.workers = int(limits.number("workers", 1, 256, 8));
    config.limits.ioThreads = int(limits.number("io_threads", 1, 64, 2));
    const auto milliseconds = [&](const char* key, std::int64_t fallback) {
        return std::chrono::milliseconds(limits.number(key, 100, 600000, fallback));
    };
    config.limits.handshakeDeadline = milliseconds("handshake_ms", 10000);
    config.limits.requestDeadline = milliseconds("request_ms", 10000);
    config.limits.idleDeadline = milliseconds("idle_ms", 60000);
    config.limits.writeDeadline = milliseconds("write_ms", 10000);
    config.limits.stopDeadline = milliseconds("stop_ms", 10000);
    limits.refuseOthers();

    auto log = root.section("log", true);
    config.log.file = log.text("file", "");
    config.log.level = log.word("level", {"debug", "info", "warning", "error", "critical"}, "info");
    log.refuseOthers();
    root.refuseOthers();
    return config;
}

} // namespace

Result<GatewayConfig> parseGatewayConfig(std::string_view text)
{
    const auto document = json::parse(text, nullptr, false, true);
    if (document.is_discarded())
        return fail(ErrorCode::InvalidRequest, "config", "expected JSON (comments allowed), got something else");
    std::optional<Error> fault;
    auto config = read(document, fault);
    if (fault) return tl::unexpected(*fault);
    return config;
}

Result<GatewayConfig> loadGatewayConfig(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return fail(ErrorCode::InvalidRequest, "config", "cannot read " + file.string());
    const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    auto config = parseGatewayConfig(text);
    if (!config) return fail(ErrorCode::InvalidRequest, "config", file.string() + ": " + config.error().detail);
    return config;
}

} // namespace gateway
