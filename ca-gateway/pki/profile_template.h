#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "contract/error.h"

/// Texts with placeholders in braces, as profiles hold them: "{device_id}.v2c.example.com".
namespace gateway::pki {

using TemplateValues = std::map<std::string, std::string>;

/// Every placeholder has a name and a fixed set of values that fit it; docs/profiles.md lists them.
/// @return InvalidRequest "profile" for an unknown name, an open brace, or a list placeholder that is not the whole
/// text
[[nodiscard]] Result<void> checkTemplate(std::string_view text);

/// Whether the text is one list placeholder ("{dns_names}"): it stands for any number of entries.
[[nodiscard]] bool isListTemplate(std::string_view text);

/// Puts the values in. @return InvalidRequest "profile-value" when one is missing or does not fit its placeholder
[[nodiscard]] Result<std::string> expandTemplate(std::string_view text, const TemplateValues& values);

/// The entries of a list placeholder, from a comma-separated value; none when the value is absent or empty.
[[nodiscard]] Result<std::vector<std::string>> expandList(std::string_view text, const TemplateValues& values);

/// Whether the text can have come from the template. Placeholders that are in values already must agree; the others
/// are added.
[[nodiscard]] bool matchTemplate(std::string_view pattern, std::string_view text, TemplateValues& values);

/// Name of the placeholder that a list template consists of.
[[nodiscard]] std::string_view listName(std::string_view text);

[[nodiscard]] bool isDnsName(std::string_view text);

/// Network-order bytes of a textual IPv4 or IPv6 address, 4 or 16; empty when it is none.
[[nodiscard]] std::vector<std::uint8_t> parseIpAddress(const std::string& text);

/// Address and mask of a network in CIDR form ("10.0.0.0/8"), 8 or 32 bytes as nameConstraints hold them (RFC 5280
/// 4.2.1.10); empty when it is none or bits outside the mask are set.
[[nodiscard]] std::vector<std::uint8_t> parseIpNetwork(const std::string& text);

} // namespace gateway::pki
