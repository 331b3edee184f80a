#include "issuance/issuer_set.h"

#include <algorithm>
#include <utility>

namespace gateway {

IssuerSet::IssuerSet(std::vector<IssuingCa> authorities, SteadyClock clock)
    : m_authorities(std::move(authorities)), m_clock(std::move(clock)), m_breakers(m_authorities.size())
{
    for (const auto& authority : m_authorities)
        m_subjects.push_back(authority.issuer.certificate.subjectText());
    for (auto& breaker : m_breakers)
        breaker.fault = Error{ErrorCode::HsmUnavailable, "signer-not-probed", "the signer has not been asked yet"};
}

IssuerSet::Turn::Turn(Turn&& other) noexcept
    : m_set(std::exchange(other.m_set, nullptr)), m_index(other.m_index), m_isTrial(other.m_isTrial)
{
}

IssuerSet::Turn& IssuerSet::Turn::operator=(Turn&& other) noexcept
{
    std::swap(m_set, other.m_set);
    std::swap(m_index, other.m_index);
    std::swap(m_isTrial, other.m_isTrial);
    return *this;
}

IssuerSet::Turn::~Turn()
{
    if (m_set != nullptr && m_isTrial) m_set->giveBackTrial(m_index);
}

const IssuingCa& IssuerSet::Turn::authority() const
{
    return m_set->m_authorities[m_index];
}

void IssuerSet::Turn::succeeded()
{
    m_isTrial = false;
    m_set->noteSuccess(m_index);
}

void IssuerSet::Turn::failed(const Error& cause)
{
    m_set->noteFailure(m_index, cause, std::exchange(m_isTrial, false));
}

std::optional<IssuerSet::Turn> IssuerSet::take(std::size_t index)
{
    auto& breaker = m_breakers[index];
    if (breaker.state == State::Working) return Turn(*this, index, false);
    if (breaker.state != State::AwaitingTrial) return std::nullopt;
    breaker.state = State::InTrial;
    return Turn(*this, index, true);
}

std::optional<IssuerSet::Turn> IssuerSet::takeFirst()
{
    for (std::size_t i = 0; i < m_breakers.size(); ++i)
        if (auto turn = take(i)) return turn;
    return std::nullopt;
}

IssuerSet::Turn IssuerSet::choose()
{
    const std::lock_guard lock(m_mutex);
    if (auto turn = takeFirst()) return std::move(*turn);
    return {*this, 0, false};
}

std::optional<IssuerSet::Turn> IssuerSet::chooseFor(const std::string& issuer)
{
    const auto found = std::find(m_subjects.begin(), m_subjects.end(), issuer);
    if (found == m_subjects.end()) return std::nullopt;
    const auto index = static_cast<std::size_t>(found - m_subjects.begin());
    const std::lock_guard lock(m_mutex);
    if (auto turn = take(index)) return turn;
    if (auto turn = takeFirst()) return turn;
    return Turn(*this, index, false);
}

std::optional<IssuerSet::Turn> IssuerSet::chooseInstead(const IssuingCa& failed)
{
    const std::lock_guard lock(m_mutex);
    for (std::size_t i = 0; i < m_breakers.size(); ++i) {
        if (&m_authorities[i] == &failed) continue;
        if (auto turn = take(i)) return turn;
    }
    return std::nullopt;
}

const IssuingCa* IssuerSet::find(const std::string& issuer) const
{
    const auto found = std::find(m_subjects.begin(), m_subjects.end(), issuer);
    if (found == m_subjects.end()) return nullptr;
    return &m_authorities[static_cast<std::size_t>(found - m_subjects.begin())];
}

Result<void> IssuerSet::probe(std::size_t index)
{
    auto alive = m_authorities[index].signer.checkHealth();
    const std::lock_guard lock(m_mutex);
    auto& breaker = m_breakers[index];
    if (!alive) {
        breaker.fault = alive.error();
        // A trial under way decides by itself.
        if (breaker.state != State::InTrial) breaker.state = State::Failed;
        return alive;
    }
    if (breaker.state == State::Working) breaker.fault.reset();
    if (breaker.state == State::Failed && m_clock() >= breaker.trialFrom) {
        breaker.state = State::AwaitingTrial;
        breaker.fault.reset();
    }
    return alive;
}

void IssuerSet::noteSuccess(std::size_t index)
{
    const std::lock_guard lock(m_mutex);
    m_breakers[index] = {};
}

void IssuerSet::noteFailure(std::size_t index, const Error& cause, bool wasTrial)
{
    const std::lock_guard lock(m_mutex);
    auto& breaker = m_breakers[index];
    // A request that began before a trial succeeded, or while another one is the trial, says nothing about it.
    if (breaker.state == State::InTrial && !wasTrial) return;
    if (wasTrial) breaker.pause = std::min(2 * breaker.pause, kLongestPause);
    breaker.state = State::Failed;
    breaker.fault = cause;
    breaker.trialFrom = m_clock() + breaker.pause;
}

void IssuerSet::giveBackTrial(std::size_t index)
{
    const std::lock_guard lock(m_mutex);
    if (m_breakers[index].state == State::InTrial) m_breakers[index].state = State::AwaitingTrial;
}

std::vector<IssuerSet::Standing> IssuerSet::standings() const
{
    const std::lock_guard lock(m_mutex);
    std::vector<Standing> standings;
    bool isTaken = false;
    for (std::size_t i = 0; i < m_breakers.size(); ++i) {
        const auto& breaker = m_breakers[i];
        const bool signs = breaker.state == State::Working || breaker.state == State::AwaitingTrial;
        standings.push_back({m_authorities[i].issuer.keyLabel, breaker.fault, signs && !isTaken});
        isTaken = isTaken || signs;
    }
    return standings;
}

} // namespace gateway
