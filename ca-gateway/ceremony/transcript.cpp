#include "ceremony/transcript.h"

#include <array>
#include <chrono>

#include <nlohmann/json.hpp>
#include <openssl/sha.h>

#include "ceremony/output_file.h"
#include "ceremony/pdf_document.h"

namespace gateway::ceremony {

using nlohmann::ordered_json;

Time currentTime()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string timeText(Time time)
{
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string sha256Hex(ByteView bytes)
{
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256(bytes.data(), bytes.size(), digest.data());
    return toLowerHex(digest);
}

struct Transcript::Impl
{
    ordered_json document;
};

namespace {

std::string hashOfFile(const std::filesystem::path& file)
{
    const auto content = readFile(file);
    return content ? sha256Hex(asBytes(*content)) : "unreadable";
}

const std::array<const char*, 8> kStepNames = {"",
                                               "boot the HSM",
                                               "enter the key holders' shares",
                                               "generate the keys",
                                               "sign",
                                               "export the certificates",
                                               "verify the certificate chains",
                                               "power down the HSM"};

} // namespace

Transcript::Transcript(const Plan& plan, std::string ceremonyFileHash) : m_impl(std::make_unique<Impl>())
{
    ordered_json tokens = ordered_json::array();
    for (const auto& token : plan.tokens)
        tokens.push_back(
            {{"label", token.label}, {"pin", token.shared ? "shares" : "file"}, {"earlier", token.isEarlier()}});
    ordered_json people = ordered_json::array();
    for (const auto& person : plan.participants)
        people.push_back({{"role", person.role}, {"name", person.name}});
    ordered_json profiles = ordered_json::object();
    for (const auto& order : plan.certificates)
        profiles[order.profile] = hashOfFile(plan.profiles / (order.profile + ".json"));
    m_impl->document = {
        {"format", "v2c-ceremony-transcript-1"},
        {"rehearsal", plan.rehearsal},
        {"started", timeText(currentTime())},
        {"finished", ""},
        {"program", {{"version", V2C_VERSION}, {"sha256", hashOfFile("/proc/self/exe")}}},
        {"signer", {{"sha256", hashOfFile(plan.signer)}}},
        {"module", {{"path", plan.module}, {"sha256", hashOfFile(plan.module)}}},
        {"ceremony_file_sha256", std::move(ceremonyFileHash)},
        {"profiles_sha256", std::move(profiles)},
        {"participants", std::move(people)},
        {"key_holders", plan.holders},
        {"threshold", plan.threshold},
        {"present", ordered_json::array()},
        {"tokens", std::move(tokens)},
        {"share_sets", ordered_json::array()},
        {"steps", ordered_json::array()},
        {"signed", ordered_json::array()},
        {"crls", ordered_json::array()},
        {"signed_by", plan.witness().file},
        {"files", ordered_json::array()},
    };
}

Transcript::~Transcript() = default;

void Transcript::add(unsigned step, const std::string& what)
{
    m_impl->document["steps"].push_back(
        {{"time", timeText(currentTime())}, {"step", step}, {"name", kStepNames.at(step)}, {"what", what}});
}

void Transcript::addSigned(const Plan::CertificateOrder& order, const pki::Certificate& certificate,
                           const std::string& signingToken, const std::string& signingKey)
{
    m_impl->document["signed"].push_back({{"file", order.file},
                                          {"profile", order.profile},
                                          {"subject", certificate.subjectText()},
                                          {"serial", certificate.serial().text()},
                                          {"not_before", timeText(certificate.notBefore())},
                                          {"not_after", timeText(certificate.notAfter())},
                                          {"key", certificate.keyAlgorithmText()},
                                          {"signed_by_token", signingToken},
                                          {"signed_by_key", signingKey},
                                          {"certificate_sha256", sha256Hex(certificate.der())}});
}

void Transcript::addCrl(const Plan::ListOrder& order, const pki::CrlTimes& times,
                        const std::vector<pki::RevokedEntry>& entries, ByteView der,
                        const Plan::CertificateOrder& signing)
{
    ordered_json revoked = ordered_json::array();
    for (const auto& entry : entries)
        revoked.push_back({{"serial", entry.serial.text()},
                           {"revoked_at", timeText(entry.revokedAt)},
                           {"reason", name(entry.reason)}});
    m_impl->document["crls"].push_back({{"file", order.file},
                                        {"issuer", order.issuer},
                                        {"number", times.number},
                                        {"this_update", timeText(times.thisUpdate)},
                                        {"next_update", timeText(times.nextUpdate)},
                                        {"revoked", std::move(revoked)},
                                        {"signed_by_token", signing.token},
                                        {"signed_by_key", signing.keyLabel},
                                        {"crl_sha256", sha256Hex(der)}});
}

void Transcript::setPresent(const std::vector<std::string>& holders)
{
    m_impl->document["present"] = holders;
}

void Transcript::setShares(const std::vector<ShareSet>& sets)
{
    m_impl->document["share_sets"] = ordered_json::parse(toJson(sets));
}

void Transcript::addFile(const std::string& name, std::string_view content)
{
    m_impl->document["files"].push_back({{"file", name}, {"sha256", sha256Hex(asBytes(content))}});
}

std::size_t Transcript::signedCount() const
{
    return m_impl->document["signed"].size();
}

std::string Transcript::finish()
{
    m_impl->document["finished"] = timeText(currentTime());
    return m_impl->document.dump(2) + "\n";
}

std::string Transcript::pdf(const std::string& document, const std::string& signer) const
{
    const auto& json = m_impl->document;
    const auto text = [](const ordered_json& value) {
        return value.is_string() ? value.get<std::string>() : value.dump();
    };
    const bool isRehearsal = json["rehearsal"].get<bool>();
    PdfDocument pdf(isRehearsal ? "REHEARSAL - keys of no value - key ceremony transcript" : "Key ceremony transcript");
    pdf.heading("Key ceremony transcript");
    pdf.line("from " + text(json["started"]) + " to " + text(json["finished"]));
    pdf.line("SHA-256 of transcript.json  " + sha256Hex(asBytes(document)));
    pdf.line("signed in transcript.sig by " + signer);
    pdf.heading("People");
    for (const auto& person : json["participants"])
        pdf.line(text(person["role"]) + ": " + text(person["name"]));
    for (const auto& holder : json["present"])
        pdf.line("Key holder: " + text(holder));
    pdf.heading("Programs and files used");
    pdf.line("v2c-ca-gateway " + text(json["program"]["version"]) + "  " + text(json["program"]["sha256"]));
    pdf.line("v2c-signer  " + text(json["signer"]["sha256"]));
    pdf.line(text(json["module"]["path"]) + "  " + text(json["module"]["sha256"]));
    pdf.line("ceremony file  " + text(json["ceremony_file_sha256"]));
    for (const auto& [name, hash] : json["profiles_sha256"].items())
        pdf.line("profile " + name + "  " + text(hash));
    pdf.heading("Shares and their check values");
    for (const auto& set : json["share_sets"]) {
        pdf.line((set["purpose"] == "pin" ? "Root token's PIN, " : "Key backup, ") + text(set["threshold"]) + " of " +
                 std::to_string(set["shares"].size()) + ", set " + text(set["set"]));
        for (const auto& share : set["shares"])
            pdf.line("  " + text(share["index"]) + "  " + text(share["check"]) + "  " + text(share["holder"]));
    }
    pdf.heading("Steps");
    for (const auto& step : json["steps"])
        pdf.line(text(step["time"]) + "  step " + text(step["step"]) + ", " + text(step["name"]) + ": " +
                 text(step["what"]));
    pdf.heading("Signed");
    for (const auto& entry : json["signed"]) {
        pdf.line(text(entry["file"]) + ": " + text(entry["subject"]));
        pdf.line("  " + text(entry["key"]) + ", serial " + text(entry["serial"]) + ", " + text(entry["not_before"]) +
                 " to " + text(entry["not_after"]));
        pdf.line("  signed by key " + text(entry["signed_by_key"]) + " in token " + text(entry["signed_by_token"]));
        pdf.line("  SHA-256 " + text(entry["certificate_sha256"]));
    }
    if (!json["crls"].empty()) pdf.heading("Certificate revocation lists");
    for (const auto& entry : json["crls"]) {
        pdf.line(text(entry["file"]) + ": CRL " + text(entry["number"]) + " of " + text(entry["issuer"]) + ", " +
                 text(entry["this_update"]) + " to " + text(entry["next_update"]));
        for (const auto& revoked : entry["revoked"])
            pdf.line("  revoked: serial " + text(revoked["serial"]) + ", " + text(revoked["revoked_at"]) + ", " +
                     text(revoked["reason"]));
        pdf.line("  signed by key " + text(entry["signed_by_key"]) + " in token " + text(entry["signed_by_token"]));
        pdf.line("  SHA-256 " + text(entry["crl_sha256"]));
    }
    pdf.heading("Files that go with it");
    for (const auto& entry : json["files"])
        pdf.line(text(entry["file"]) + "  SHA-256 " + text(entry["sha256"]));
    pdf.heading("Signatures of those present");
    for (const auto& person : json["participants"]) {
        pdf.gap();
        pdf.line("______________________________  " + text(person["role"]) + ", " + text(person["name"]));
    }
    for (const auto& holder : json["present"]) {
        pdf.gap();
        pdf.line("______________________________  Key holder, " + text(holder));
    }
    return pdf.bytes();
}

} // namespace gateway::ceremony
