#include "http/access.h"

namespace gateway::http {

std::string_view name(Role role)
{
    switch (role) {
    case Role::Station:
        return "station";
    case Role::Technician:
        return "technician";
    case Role::Administrator:
        return "administrator";
    case Role::Vehicle:
        return "vehicle";
    case Role::Broker:
        return "broker";
    case Role::Gateway:
        return "gateway";
    }
    return {};
}

std::optional<Role> parseRole(std::string_view certificateType)
{
    for (const auto role : kRoles)
        if (name(role) == certificateType) return role;
    return std::nullopt;
}

Caller::Kind callerKind(Role role)
{
    switch (role) {
    case Role::Station:
        return Caller::Kind::Station;
    case Role::Technician:
        return Caller::Kind::Technician;
    case Role::Administrator:
        return Caller::Kind::Administrator;
    case Role::Vehicle:
        return Caller::Kind::Vehicle;
    case Role::Broker:
        return Caller::Kind::Broker;
    case Role::Gateway:
        return Caller::Kind::Gateway;
    }
    return Caller::Kind::Token;
}

std::string describe(const Access& access)
{
    if (access.isOpen()) return "open";
    std::string text;
    const auto add = [&](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
    for (const auto role : kRoles)
        if (access.roles.contains(role)) add(std::string(name(role)));
    if (!access.scope.empty()) add("scope:" + std::string(access.scope));
    return text;
}

std::string listOf(Roles roles)
{
    std::string text;
    for (const auto role : kRoles)
        if (roles.contains(role)) text += (text.empty() ? "" : " or ") + std::string(name(role));
    return text;
}

} // namespace gateway::http
