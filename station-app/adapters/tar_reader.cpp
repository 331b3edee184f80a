#include "adapters/tar_reader.h"

#include <algorithm>
#include <optional>

namespace station {
namespace {

using gateway::Result;

constexpr std::size_t kBlock = 512;
// Offsets and lengths of IEEE 1003.1 ustar.
constexpr std::size_t kNameLength = 100;
constexpr std::size_t kSizeAt = 124;
constexpr std::size_t kSizeLength = 12;
constexpr std::size_t kChecksumAt = 148;
constexpr std::size_t kChecksumLength = 8;
constexpr std::size_t kTypeAt = 156;

tl::unexpected<gateway::Error> unreadable(const std::string& what)
{
    return gateway::fail(gateway::ErrorCode::Internal, "archive-unreadable", "the gateway's archive: " + what);
}

std::string_view textField(std::string_view header, std::size_t at, std::size_t length)
{
    const auto field = header.substr(at, length);
    return field.substr(0, field.find('\0'));
}

std::optional<std::size_t> octalField(std::string_view header, std::size_t at, std::size_t length)
{
    std::size_t value = 0;
    bool any = false;
    for (const char character : header.substr(at, length)) {
        if (character == '\0' || character == ' ') {
            if (any) break;
            continue;
        }
        if (character < '0' || character > '7') return std::nullopt;
        value = value * 8 + static_cast<std::size_t>(character - '0');
        any = true;
    }
    return any ? std::optional(value) : std::nullopt;
}

bool hasRightChecksum(std::string_view header)
{
    std::size_t sum = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
        const bool isChecksum = i >= kChecksumAt && i < kChecksumAt + kChecksumLength;
        sum += isChecksum ? std::size_t(' ') : static_cast<unsigned char>(header[i]);
    }
    return octalField(header, kChecksumAt, kChecksumLength) == sum;
}

/// "FOLDER/FILE" -> "FILE"; nothing else is a name.
std::optional<std::string> fileOf(std::string_view name)
{
    const auto slash = name.find('/');
    if (slash == 0 || slash == std::string_view::npos) return std::nullopt;
    const auto file = name.substr(slash + 1);
    const bool fits = !file.empty() && file.find('/') == std::string_view::npos && file != "." && file != "..";
    return fits ? std::optional(std::string(file)) : std::nullopt;
}

} // namespace

Result<std::vector<std::pair<std::string, std::string>>> readTar(std::string_view archive)
{
    std::vector<std::pair<std::string, std::string>> files;
    while (archive.size() >= kBlock) {
        const auto header = archive.substr(0, kBlock);
        if (std::ranges::all_of(header, [](char character) { return character == '\0'; })) break; // the end
        if (!hasRightChecksum(header)) return unreadable("a header's checksum is wrong");
        const auto size = octalField(header, kSizeAt, kSizeLength);
        if (!size || *size > archive.size() - kBlock) return unreadable("a file is longer than the archive");
        const char type = header[kTypeAt];
        const auto name = textField(header, 0, kNameLength);
        if (type == '0' || type == '\0') {
            auto file = fileOf(name);
            if (!file) return unreadable("expected FOLDER/FILE, got " + std::string(name));
            files.emplace_back(std::move(*file), archive.substr(kBlock, *size));
        } else if (type != '5') {
            return unreadable("expected files and folders only, got " + std::string(name));
        }
        archive.remove_prefix(std::min(archive.size(), kBlock + (*size + kBlock - 1) / kBlock * kBlock));
    }
    if (files.empty()) return unreadable("it has no files");
    return files;
}

} // namespace station
