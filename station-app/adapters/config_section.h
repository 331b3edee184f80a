#pragma once

#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

/// Reading one JSON object of a configuration with checks; what is wrong is thrown inside the parser and caught there.
namespace station::config {

using nlohmann::json;

/// The first thing that is wrong; thrown, and caught by the parser that called.
struct ConfigFault
{
    const char* type;
    std::string detail;
};

[[noreturn]] inline void bad(const std::string& path, const std::string& expected, const json& got)
{
    throw ConfigFault{"config-value", path + ": expected " + expected + ", got " +
                                          got.dump(-1, ' ', false, json::error_handler_t::replace)};
}

/// One object of the file; knows which of its keys were asked for.
class Section
{
public:
    Section(const json& object, std::string path) : m_object(object), m_path(std::move(path))
    {
        if (!m_object.is_object()) bad(m_path.empty() ? "the file" : m_path, "an object", m_object);
    }

    const json* find(const char* key)
    {
        m_known.insert(key);
        const auto found = m_object.find(key);
        return found == m_object.end() ? nullptr : &*found;
    }

    const json& need(const char* key)
    {
        if (const auto* value = find(key)) return *value;
        throw ConfigFault{"config-missing-key", at(key) + " is missing"};
    }

    std::string at(const std::string& key) const { return m_path.empty() ? key : m_path + "." + key; }

    std::string needText(const char* key) { return textOf(need(key), at(key)); }

    std::string text(const char* key, std::string fallback)
    {
        const auto* value = find(key);
        if (!value) return fallback;
        if (!value->is_string()) bad(at(key), "text", *value);
        return value->get<std::string>();
    }

    std::string choice(const char* key, const std::string& fallback, const std::vector<std::string>& known)
    {
        const auto* value = find(key);
        if (!value) return fallback;
        std::string expected;
        for (const auto& one : known) {
            if (*value == one) return one;
            expected += (expected.empty() ? "\"" : ", \"") + one + "\"";
        }
        bad(at(key), "one of " + expected, *value);
    }

    bool flag(const char* key, bool fallback)
    {
        const auto* value = find(key);
        if (!value) return fallback;
        if (!value->is_boolean()) bad(at(key), "true or false", *value);
        return value->get<bool>();
    }

    long long number(const char* key, long long fallback, long long least, long long most)
    {
        const auto* value = find(key);
        if (!value) return fallback;
        const auto expected = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
        if (!value->is_number_integer()) bad(at(key), expected, *value);
        const bool fits = !value->is_number_unsigned() || value->get<unsigned long long>() <= 1'000'000'000ULL;
        if (!fits || value->get<long long>() < least || value->get<long long>() > most) bad(at(key), expected, *value);
        return value->get<long long>();
    }

    std::chrono::milliseconds milliseconds(const char* key, std::chrono::milliseconds fallback)
    {
        return std::chrono::milliseconds(number(key, fallback.count(), 1, 600'000));
    }

    void refuseUnknown() const
    {
        for (const auto& [key, value] : m_object.items())
            if (!m_known.contains(key)) throw ConfigFault{"config-unknown-key", at(key) + " is not a known key"};
    }

    static std::string textOf(const json& value, const std::string& path)
    {
        if (!value.is_string() || value.get_ref<const std::string&>().empty()) bad(path, "text", value);
        return value.get<std::string>();
    }

private:
    const json& m_object;
    std::string m_path;
    std::set<std::string> m_known;
};

} // namespace station::config
