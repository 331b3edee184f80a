#include "pki/weak_keys.h"

#include <fstream>

namespace gateway::pki {

Result<WeakKeys> WeakKeys::load(const std::filesystem::path& file)
{
    std::ifstream stream(file);
    if (!stream) return fail(ErrorCode::InvalidRequest, "weak-keys", "cannot read " + file.string());
    WeakKeys keys;
    std::string line;
    for (int number = 1; std::getline(stream, line); ++number) {
        const auto word = line.substr(0, line.find_first_of(" \t\r#"));
        if (word.empty() && line.find_first_not_of(" \t\r") == std::string::npos) continue;
        if (line.starts_with('#')) continue;
        auto digest = parseHex(word);
        if (!digest || digest->size() != 32)
            return fail(ErrorCode::InvalidRequest, "weak-keys",
                        file.string() + " line " + std::to_string(number) +
                            ": expected 64 hex digits, got something else");
        keys.m_digests.insert(std::move(*digest));
    }
    return keys;
}

bool WeakKeys::contains(ByteView publicKeySha256) const
{
    return m_digests.contains(Bytes(publicKeySha256.begin(), publicKeySha256.end()));
}

} // namespace gateway::pki
