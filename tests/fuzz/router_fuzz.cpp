#include <string_view>

#include <nlohmann/json.hpp>

#include "fakes.h"
#include "fuzz/expect.h"
#include "http/client_cert.h"
#include "http/router.h"

using namespace gateway;
using namespace gateway::http;

namespace {

const Time kNow = *api::parseRfc3339("2025-10-09T10:30:00Z");

/// "POST /target\nname: value\n...\n\nbody"; the first byte says who asks.
Request toRequest(std::string_view text)
{
    Request request{"GET", "/", {}, {}, "127.0.0.1", std::nullopt};
    constexpr std::string_view kTypes[] = {"station", "vehicle", "administrator", "broker"};
    if (!text.empty() && text.front() >= '1' && text.front() <= '4') {
        const auto type = kTypes[text.front() - '1'];
        request.peer = Peer{Bytes(type.begin(), type.end()), {},
                            *CertificateSerial::parse("0A"), std::string(type),
                            kNow - std::chrono::hours(24),   kNow + std::chrono::hours(24)};
    }
    if (!text.empty()) text.remove_prefix(1);
    const auto takeLine = [&] {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        return line;
    };
    const auto first = takeLine();
    const auto blank = std::min(first.find(' '), first.size());
    request.method = std::string(first.substr(0, blank));
    request.target = std::string(first.substr(std::min(blank + 1, first.size())));
    while (!text.empty()) {
        const auto line = takeLine();
        if (line.empty()) break;
        const auto colon = std::min(line.find(": "), line.size());
        request.headers.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 2, line.size())));
    }
    request.body = std::string(text);
    return request;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static FakeServices services;
    static FakeDirectory directory;
    static Metrics metrics;
    static Router router(services, directory, metrics, [] { return kNow; });
    if (directory.tokens.empty()) {
        directory.tokens["token"] = {"script", {"create", "list", "revoke", "audit"}};
        for (const std::string type : {"station", "vehicle", "administrator", "broker"})
            directory.certificates[Bytes(type.begin(), type.end())] = {type, "ACTIVE"};
    }
    services.transactions.clear();

    const auto request = toRequest({reinterpret_cast<const char*>(data), size});
    (void)takeProxiedPeer(request, {{"127.0.0.1"}, {}});
    (void)traceIdOf(request);
    Exchange exchange{"550e8400-e29b-41d4-a716-446655440000", "unknown", {}, {}};
    const auto response = router.handle(request, exchange);
    V2C_EXPECT(response.status >= 200 && response.status < 600 && response.status != 500);
    if (response.status >= 400) {
        V2C_EXPECT(response.contentType == "application/problem+json");
        const auto problem = nlohmann::json::parse(response.body, nullptr, false);
        V2C_EXPECT(problem.is_object() && problem["status"] == response.status);
        V2C_EXPECT(problem["type"].get<std::string>().ends_with('/' + exchange.problem));
    }
    for (const auto& [name, value] : response.headers)
        V2C_EXPECT(value.find_first_of("\r\n") == std::string::npos);
    return 0;
}
