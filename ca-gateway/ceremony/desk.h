#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "ceremony/ceremony_plan.h"
#include "ceremony/shares.h"

namespace gateway::ceremony {

/// What may be known of a set of shares by everybody: enough to tell a holder that the share is right, not enough to
/// make one.
struct ShareSet
{
    struct Record
    {
        std::string holder;
        unsigned index = 0;
        std::string check;
    };
    std::string purpose; ///< "pin" (of the root token) or "backup" (key-encryption key)
    std::string set;
    unsigned threshold = 0;
    std::string secretCheck;
    std::vector<Record> records;
};

[[nodiscard]] ShareSet describe(const std::string& purpose, const std::vector<Share>& shares);
[[nodiscard]] std::string toJson(const std::vector<ShareSet>& sets);
/// @return InvalidRequest "share-records"
[[nodiscard]] Result<std::vector<ShareSet>> parseShareSets(std::string_view json);

/// Where a ceremony meets its people.
class Desk
{
public:
    virtual ~Desk() = default;

    /// @param checklist  what the people see to; each is confirmed
    [[nodiscard]] virtual Result<void> beginStep(unsigned number, const std::string& name,
                                                 const std::vector<std::string>& checklist) = 0;
    /// Gives a share to its holder, and to nobody else.
    [[nodiscard]] virtual Result<void> handOut(const ShareSet& set, const Share& share) = 0;
    /// Who hands a share in. Refusals: Forbidden "holder-unknown", "share-repeated", "shares-too-few".
    [[nodiscard]] virtual Result<std::vector<std::string>> holdersPresent(const ShareSet* set) = 0;
    /// @param set  none when no record is at hand: then only the share's own check value tells
    /// @return Forbidden with the types of parseShare(), or "share-mixed" of another set
    [[nodiscard]] virtual Result<Share> takeBack(const std::string& purpose, const ShareSet* set,
                                                 const std::string& holder) = 0;
};

/// Asks nobody: shares are files of one folder.
class FileDesk final : public Desk
{
public:
    FileDesk(const Plan& plan, std::filesystem::path shareFolder) : m_plan(plan), m_folder(std::move(shareFolder)) {}

    [[nodiscard]] Result<void> beginStep(unsigned number, const std::string& name,
                                         const std::vector<std::string>& checklist) override;
    [[nodiscard]] Result<void> handOut(const ShareSet& set, const Share& share) override;
    [[nodiscard]] Result<std::vector<std::string>> holdersPresent(const ShareSet* set) override;
    [[nodiscard]] Result<Share> takeBack(const std::string& purpose, const ShareSet* set,
                                         const std::string& holder) override;

private:
    [[nodiscard]] std::filesystem::path file(const std::string& purpose, const std::string& holder) const;

    const Plan& m_plan;
    std::filesystem::path m_folder;
};

/// A terminal that the holders come to one after the other. Shares are shown on the alternate screen, which is cleared
/// between two holders, and never written to a file.
class TerminalDesk final : public Desk
{
public:
    TerminalDesk(const Plan& plan, std::istream& in, std::ostream& out) : m_plan(plan), m_in(in), m_out(out) {}

    [[nodiscard]] Result<void> beginStep(unsigned number, const std::string& name,
                                         const std::vector<std::string>& checklist) override;
    [[nodiscard]] Result<void> handOut(const ShareSet& set, const Share& share) override;
    [[nodiscard]] Result<std::vector<std::string>> holdersPresent(const ShareSet* set) override;
    [[nodiscard]] Result<Share> takeBack(const std::string& purpose, const ShareSet* set,
                                         const std::string& holder) override;

private:
    [[nodiscard]] std::optional<std::string> ask(const std::string& question);
    [[nodiscard]] Result<void> call(const std::string& holder);

    const Plan& m_plan;
    std::istream& m_in;
    std::ostream& m_out;
};

} // namespace gateway::ceremony
