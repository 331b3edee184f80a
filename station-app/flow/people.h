#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/error.h"

namespace station {

/// Each may do what those before it may.
enum class Role { Operator, Technician, Supervisor };

/// "operator", "technician", "supervisor"
[[nodiscard]] std::string_view name(Role role);
[[nodiscard]] std::optional<Role> roleOf(std::string_view name);

struct Person
{
    std::int64_t id = 0;
    std::string name;
    Role role = Role::Operator;
    bool hasBadge = false;
    bool hasPin = false;
};

/// Who may use the station. Badges and PINs are kept as scrypt hashes only (RFC 7914). Used in the thread that opened
/// it; looking a badge or a PIN up takes about 50 ms. Errors besides those below are those of Journal.
class People
{
public:
    static constexpr std::size_t kShortestBadge = 6;
    static constexpr std::size_t kLongestSecret = 64;
    static constexpr std::size_t kShortestPin = 6; ///< digits
    static constexpr int kWrongPinsAllowed = 5;    ///< in a row; each further one doubles the minute of waiting

    virtual ~People() = default;

    /// @param badge, pin  at least one of them is not empty
    /// @return InvalidRequest "person-name", "badge-unsuitable", "pin-unsuitable"; Conflict "person-exists",
    ///         "badge-taken"
    [[nodiscard]] virtual gateway::Result<Person> add(const std::string& name, Role role, std::string_view badge,
                                                      std::string_view pin) = 0;
    /// @return NotFound "person-unknown"
    [[nodiscard]] virtual gateway::Result<void> remove(const std::string& name) = 0;
    /// By name.
    [[nodiscard]] virtual gateway::Result<std::vector<Person>> list() = 0;

    /// @return Unauthorized "badge-unknown"
    [[nodiscard]] virtual gateway::Result<Person> findByBadge(std::string_view badge) = 0;
    /// A wrong PIN is counted before it is judged, so that a power cut gives no further try.
    /// @return Unauthorized "pin-wrong", also for an unknown name; RateLimited "pin-blocked" with retryAfter
    [[nodiscard]] virtual gateway::Result<Person> findByPin(const std::string& name, std::string_view pin) = 0;

    /// @param what  "login", "logout", "lock", "hand-over"
    [[nodiscard]] virtual gateway::Result<void> record(const Person& person, std::string_view what) = 0;
};

using PeopleFactory = std::function<gateway::Result<std::unique_ptr<People>>()>;

} // namespace station
