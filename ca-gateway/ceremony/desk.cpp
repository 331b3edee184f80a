#include "ceremony/desk.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "ceremony/output_file.h"

namespace gateway::ceremony {

using nlohmann::ordered_json;

ShareSet describe(const std::string& purpose, const std::vector<Share>& shares)
{
    ShareSet result{purpose, shares.front().set, shares.front().threshold, shares.front().secretCheck, {}};
    for (const auto& share : shares)
        result.records.push_back({share.holder, share.index, checkValue(share)});
    return result;
}

std::string toJson(const std::vector<ShareSet>& sets)
{
    ordered_json list = ordered_json::array();
    for (const auto& set : sets) {
        ordered_json records = ordered_json::array();
        for (const auto& record : set.records)
            records.push_back({{"holder", record.holder}, {"index", record.index}, {"check", record.check}});
        list.push_back({{"purpose", set.purpose},
                        {"set", set.set},
                        {"threshold", set.threshold},
                        {"secret_check", set.secretCheck},
                        {"shares", std::move(records)}});
    }
    return list.dump(2) + "\n";
}

Result<std::vector<ShareSet>> parseShareSets(std::string_view json)
{
    const auto malformed = [] {
        return fail(ErrorCode::InvalidRequest, "share-records", "expected the list that a ceremony wrote");
    };
    const auto list = ordered_json::parse(json, nullptr, false);
    if (!list.is_array()) return malformed();
    std::vector<ShareSet> sets;
    const auto text = [](const ordered_json& object, const char* name) {
        return object.is_object() && object.contains(name) && object[name].is_string() ? object[name].get<std::string>()
                                                                                       : std::string();
    };
    const auto number = [](const ordered_json& object, const char* name) {
        const bool isThere = object.is_object() && object.contains(name) && object[name].is_number_unsigned();
        return isThere ? static_cast<unsigned>(std::min<std::uint64_t>(object[name].get<std::uint64_t>(), 256)) : 0U;
    };
    for (const auto& object : list) {
        ShareSet set{text(object, "purpose"),
                     text(object, "set"),
                     number(object, "threshold"),
                     text(object, "secret_check"),
                     {}};
        if (set.purpose.empty() || set.set.empty() || set.threshold < 2 || set.secretCheck.empty() ||
            !object.contains("shares") || !object["shares"].is_array())
            return malformed();
        for (const auto& entry : object["shares"]) {
            ShareSet::Record record{text(entry, "holder"), number(entry, "index"), text(entry, "check")};
            if (record.holder.empty() || record.index < 1 || record.index > 255 || record.check.empty())
                return malformed();
            set.records.push_back(std::move(record));
        }
        if (set.records.size() < set.threshold) return malformed();
        sets.push_back(std::move(set));
    }
    return sets;
}

std::filesystem::path FileDesk::file(const std::string& purpose, const std::string& holder) const
{
    const auto position = std::find(m_plan.holders.begin(), m_plan.holders.end(), holder) - m_plan.holders.begin();
    const std::string prefix = purpose == "pin" ? "share-" : purpose + "-share-";
    return m_folder / (prefix + std::to_string(position + 1) + ".json");
}

Result<void> FileDesk::beginStep(unsigned, const std::string&, const std::vector<std::string>&)
{
    return {};
}

Result<void> FileDesk::handOut(const ShareSet& set, const Share& share)
{
    constexpr mode_t kSecretFile = 0600;
    return writeFile(file(set.purpose, share.holder), toJson(share), kSecretFile);
}

Result<std::vector<std::string>> FileDesk::holdersPresent(const ShareSet*)
{
    return m_plan.present;
}

Result<Share> FileDesk::takeBack(const std::string& purpose, const ShareSet*, const std::string& holder)
{
    const auto text = readFile(file(purpose, holder));
    if (!text) return tl::unexpected(text.error());
    return parseShare(*text);
}

} // namespace gateway::ceremony
