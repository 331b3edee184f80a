#include "store/commit_group.h"

#include <nlohmann/json.hpp>

namespace gateway::store {
namespace {

/// Each item takes a subtransaction, of which a server process keeps 64 at hand.
constexpr std::size_t kMostItems = 32;
/// Two overlap: while the disk is busy with the commit of one, the other's statement runs.
constexpr int kTurns = 2;

Result<std::string> readAnswer(Transaction& transaction, const char* statement, const std::string& argument)
{
    auto rows = transaction.run(statement, {parameter(argument)});
    if (!rows.next()) return fail(ErrorCode::Internal, "store-row", "the database gave no answer");
    return rows.text(0);
}

} // namespace

Result<std::string> CommitGroup::run(std::string item)
{
    Call call{.item = std::move(item), .isDone = false, .answer = {}, .changed = {}};
    std::unique_lock lock(m_mutex);
    m_waiting.push_back(&call);
    while (!call.isDone) {
        if (m_turnsTaken == kTurns || m_waiting.empty()) {
            call.changed.wait(lock);
            continue;
        }
        const auto number = std::min(m_waiting.size(), kMostItems);
        const std::vector<Call*> calls(m_waiting.begin(), m_waiting.begin() + static_cast<std::ptrdiff_t>(number));
        m_waiting.erase(m_waiting.begin(), m_waiting.begin() + static_cast<std::ptrdiff_t>(number));
        ++m_turnsTaken;
        lock.unlock();
        runGroup(calls);
        lock.lock();
        --m_turnsTaken;
        for (auto* done : calls) {
            done->isDone = true;
            if (done != &call) done->changed.notify_one();
        }
        if (!m_waiting.empty()) m_waiting.front()->changed.notify_one();
    }
    lock.unlock();
    if (!call.answer.empty()) return std::move(call.answer);
    return m_database.runStatement<std::string>(
        [&](Transaction& transaction) { return readAnswer(transaction, m_aloneStatement, call.item); });
}

void CommitGroup::runGroup(const std::vector<Call*>& calls)
{
    std::string items = "[";
    for (const auto* call : calls)
        items.append(items.size() > 1 ? "," : "").append(call->item);
    items += ']';
    const auto answered = m_database.runStatement<std::string>(
        [&](Transaction& transaction) { return readAnswer(transaction, m_groupStatement, items); }, 1);
    if (!answered) return;
    const auto answers = nlohmann::json::parse(*answered, nullptr, false);
    if (!answers.is_array() || answers.size() != calls.size()) return;
    for (std::size_t i = 0; i < calls.size(); ++i)
        if (!answers[i].is_null()) calls[i]->answer = answers[i].dump();
}

} // namespace gateway::store
