#include "api/pem.h"

namespace gateway::api {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

} // namespace

std::string toPem(std::string_view label, ByteView der)
{
    constexpr std::size_t kLine = 64;
    const std::string base64 = toBase64(der);
    std::string text = "-----BEGIN " + std::string(label) + "-----\n";
    for (std::size_t at = 0; at < base64.size(); at += kLine)
        text.append(base64, at, kLine).append(1, '\n');
    return text.append("-----END ").append(label).append("-----\n");
}

Result<Bytes> parsePem(std::string_view label, std::string_view text)
{
    const std::string begin = "-----BEGIN " + std::string(label) + "-----";
    const std::string end = "-----END " + std::string(label) + "-----";
    const auto block = trimmed(text);
    if (!block.starts_with(begin) || !block.ends_with(end) || block.size() < begin.size() + end.size())
        return fail(ErrorCode::InvalidRequest, "pem-format", "expected one PEM block " + begin);
    std::string base64;
    for (const char c : block.substr(begin.size(), block.size() - begin.size() - end.size()))
        if (kBlank.find(c) == std::string_view::npos) base64.push_back(c);
    auto der = parseBase64(base64);
    if (!der || der->empty())
        return fail(ErrorCode::InvalidRequest, "pem-format", "the content of " + begin + " is not base64");
    return std::move(*der);
}

bool isPem(std::string_view text)
{
    return trimmed(text).starts_with("-----BEGIN ");
}

} // namespace gateway::api
