#include "gateway/evidence_command.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>

#include "api/pem.h"
#include "api/rfc3339.h"
#include "crl/atomic_file.h"
#include "evidence/evidence_bundle.h"
#include "gateway/service_set.h"

namespace gateway {
namespace {

tl::unexpected<Error> bad(const std::string& detail)
{
    return fail(ErrorCode::InvalidRequest, "evidence-bundle", detail);
}

Result<std::string> readText(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return bad("cannot read " + file.string());
    return std::string{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// The blocks of a PEM file with text around them, or one DER structure.
Result<void> readItems(const std::filesystem::path& file, const std::string& label, std::vector<Bytes>& items)
{
    const auto text = readText(file);
    if (!text) return tl::unexpected(text.error());
    const auto begin = "-----BEGIN " + label + "-----";
    const auto end = "-----END " + label + "-----";
    if (text->find("-----BEGIN ") == std::string::npos) {
        items.emplace_back(text->begin(), text->end());
        return {};
    }
    const auto before = items.size();
    for (auto at = text->find(begin); at != std::string::npos; at = text->find(begin, at + 1)) {
        const auto last = text->find(end, at);
        if (last == std::string::npos) return bad(file.string() + ": a PEM block has no end");
        auto der = api::parsePem(label, std::string_view(*text).substr(at, last + end.size() - at));
        if (!der) return bad(file.string() + ": " + der.error().detail);
        items.push_back(std::move(*der));
    }
    if (items.size() == before) return bad(file.string() + ": expected PEM of " + label + ", got other PEM");
    return {};
}

Result<std::vector<Bytes>> readAll(const std::vector<std::filesystem::path>& paths, const std::string& label)
{
    std::vector<Bytes> items;
    for (const auto& path : paths) {
        std::vector<std::filesystem::path> files{path};
        std::error_code error;
        if (std::filesystem::is_directory(path, error)) {
            files.assign(std::filesystem::directory_iterator(path, error), std::filesystem::directory_iterator());
            std::sort(files.begin(), files.end());
        }
        for (const auto& file : files)
            if (const auto read = readItems(file, label, items); !read) return tl::unexpected(read.error());
    }
    return items;
}

void list(const evidence::TrustExpiry& expiry, std::ostream& out)
{
    out << expiry.kind << "  " << api::toRfc3339(expiry.at) << "  " << expiry.name << '\n';
}

} // namespace

Result<void> writeBundle(const BundleFiles& files, std::ostream& out)
{
    evidence::TrustContent content;
    for (const auto& [paths, label, items] : {std::tuple(&files.roots, "CERTIFICATE", &content.roots),
                                              std::tuple(&files.intermediates, "CERTIFICATE", &content.intermediates),
                                              std::tuple(&files.crls, "X509 CRL", &content.crls)}) {
        auto read = readAll(*paths, label);
        if (!read) return tl::unexpected(read.error());
        *items = std::move(*read);
    }
    const auto trust = evidence::EndorsementTrust::make(content);
    if (!trust) return tl::unexpected(trust.error());
    const auto chain = readText(files.certificate);
    if (!chain) return tl::unexpected(chain.error());
    const auto key = readText(files.key);
    if (!key) return tl::unexpected(key.error());
    const auto bundle = evidence::signBundle(content, systemNow(), *chain, *key);
    if (!bundle) return tl::unexpected(bundle.error());
    if (const auto written = replaceFile(files.bundle, asBytes(*bundle)); !written) return written;
    for (const auto& expiry : trust->expiries())
        list(expiry, out);
    return {};
}

Result<void> showBundle(const BundleFiles& files, std::ostream& out)
{
    const auto rootText = readText(files.root);
    if (!rootText) return tl::unexpected(rootText.error());
    const auto root = pki::Certificate::parsePem(*rootText);
    if (!root) return bad(files.root.string() + ": " + root.error().detail);
    const auto text = readText(files.bundle);
    if (!text) return tl::unexpected(text.error());
    const auto bundle = evidence::openBundle(*text, *root, systemNow());
    if (!bundle) return tl::unexpected(bundle.error());
    const auto trust = evidence::EndorsementTrust::make(bundle->content);
    if (!trust) return tl::unexpected(trust.error());
    list({"created", bundle->signer, bundle->createdAt}, out);
    list({"signer", bundle->signer, bundle->signerEnds}, out);
    for (const auto& expiry : trust->expiries())
        list(expiry, out);
    return {};
}

} // namespace gateway
