#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "contract/messages.h"

namespace gateway::http {

/// Types of client certificate (certificates.type) that a route can admit.
enum class Role : unsigned {
    Station = 1,
    Technician = 2,
    Administrator = 4,
    Vehicle = 8,
    Broker = 16,
    Gateway = 32,
};

inline constexpr std::array kRoles{Role::Station, Role::Technician, Role::Administrator,
                                   Role::Vehicle, Role::Broker,     Role::Gateway};

/// A set of roles.
class Roles final
{
public:
    constexpr Roles() = default;
    constexpr Roles(Role role) : m_bits(static_cast<unsigned>(role)) {} // NOLINT(google-explicit-constructor)

    [[nodiscard]] constexpr bool contains(Role role) const { return (m_bits & static_cast<unsigned>(role)) != 0; }
    [[nodiscard]] constexpr bool empty() const { return m_bits == 0; }
    friend constexpr Roles operator|(Roles a, Roles b)
    {
        a.m_bits |= b.m_bits;
        return a;
    }

private:
    unsigned m_bits = 0;
};

[[nodiscard]] constexpr Roles operator|(Role a, Role b)
{
    return Roles(a) | Roles(b);
}

/// Who may use a route: any of the roles by client certificate, or a bearer token with the scope. With neither it is
/// open to everybody.
struct Access
{
    Roles roles;
    std::string_view scope; ///< "create", "list", "revoke", "audit"; empty when no token helps

    [[nodiscard]] constexpr bool isOpen() const { return roles.empty() && scope.empty(); }
};

/// The value of certificates.type: "station", ...
[[nodiscard]] std::string_view name(Role role);
[[nodiscard]] std::optional<Role> parseRole(std::string_view certificateType);
[[nodiscard]] Caller::Kind callerKind(Role role);

/// "station technician scope:list", or "open": the form of x-access in docs/api/openapi.yaml.
[[nodiscard]] std::string describe(const Access& access);

/// "station or technician"
[[nodiscard]] std::string listOf(Roles roles);

/// What a bearer token may be allowed; `token create` takes no others.
inline constexpr std::array<std::string_view, 4> kTokenScopes{"create", "list", "revoke", "audit"};

} // namespace gateway::http
