#pragma once

#include <atomic>
#include <map>
#include <mutex>

#include "api/rfc3339.h"
#include "http/gateway_services.h"

namespace gateway::http {

/// Answers what it is told to and notes who called.
class FakeServices final : public GatewayServices
{
public:
    static IssuedCertificate issued()
    {
        return {*CertificateSerial::parse("1A:2B:3C:4D:5E:6F"),
                *DeviceId::parse("7959A243F1F08C3F15E60D145C395D93"),
                *VinHash::parse("d63520610da86b9a719de907b2835eee5d3e45e3858d677b6f374db55d1350af"),
                Bytes(100, 0x30),
                {Bytes(90, 0x31)},
                *api::parseRfc3339("2025-10-09T10:30:00Z"),
                *api::parseRfc3339("2026-10-09T10:30:00Z")};
    }

    static EvidenceChallenge evidenceChallenge()
    {
        EvidenceChallenge challenge;
        challenge.nonce.fill(0x4E);
        challenge.credentialBlob = Bytes(52, 0x62);
        challenge.encryptedSecret = Bytes(258, 0x73);
        return challenge;
    }

    Result<EvidenceChallenge> challenge(const ChallengeRequest&, const Caller& who) override
    {
        return noted<EvidenceChallenge>("challenge", who, evidenceChallenge());
    }
    Result<IssuedCertificate> issue(const IssueRequest& request, const Caller& who) override
    {
        {
            const std::lock_guard lock(mutex);
            transactions.push_back(request.transaction.text());
        }
        return noted<IssuedCertificate>("issue", who, issued());
    }
    Result<RequestStatus> findRequest(const TransactionId&) override
    {
        return noted<RequestStatus>("findRequest", {}, RequestStatus{RequestStatus::State::Issued, issued()});
    }
    Result<void> recordProvisioned(const ProvisionedReport& report, const Caller& who) override
    {
        serial = report.serial.text();
        return noted<void>("provisioned", who, {});
    }
    Result<Revocation> recordRejected(const RejectedReport& report, const Caller& who) override
    {
        serial = report.serial.text();
        return noted<Revocation>("rejected", who,
                                 Revocation{report.serial, issued().issuedAt, RevocationReason::CessationOfOperation});
    }
    Result<IssuedCertificate> renew(const RenewRequest&, const Caller& who) override
    {
        return noted<IssuedCertificate>("renew", who, issued());
    }
    Result<void> recordRenewFailure(const RenewFailureReport&, const Caller& who) override
    {
        return noted<void>("renewFailure", who, {});
    }
    Result<Revocation> revoke(const RevokeRequest& request, const Caller& who) override
    {
        return noted<Revocation>("revoke", who, Revocation{request.serial, issued().issuedAt, request.reason});
    }
    Result<IssuedServiceCertificate> issueBroker(const BrokerRequest&, const Caller& who) override
    {
        return noted<IssuedServiceCertificate>("issueBroker", who,
                                               IssuedServiceCertificate{issued().serial, issued().certificateDer,
                                                                        issued().chainDer, issued().issuedAt,
                                                                        issued().expiresAt});
    }
    Result<AuditArchive> exportAudit(const AuditExportQuery& asked) override
    {
        exportQuery = asked;
        return noted<AuditArchive>("exportAudit", {}, AuditArchive{"v2c-audit-0-9", "tar"});
    }
    Result<CertificatePage> search(const CertificateQuery& asked) override
    {
        query = asked;
        CertificatePage page{{summary()}, {}};
        if (!asked.after) page.next = CertificatePosition{page.certificates[0].issuedAt, "CN=CA", issued().serial};
        return noted<CertificatePage>("search", {}, page);
    }
    Result<CertificateDetails> findCertificate(const CertificateReference& reference) override
    {
        serial = reference.serial.text();
        return noted<CertificateDetails>("findCertificate", {}, CertificateDetails{summary(), Bytes(100, 0x30)});
    }
    std::vector<HealthPart> checkHealth() override { return health; }

    static CertificateSummary summary()
    {
        return {.serial = issued().serial,
                .issuer = "CN=CA",
                .type = "vehicle",
                .subject = "CN=7959A243F1F08C3F15E60D145C395D93",
                .deviceId = issued().deviceId,
                .vinHash = issued().vinHash,
                .status = CertificateStatus::Active,
                .issuedAt = issued().issuedAt,
                .expiresAt = issued().expiresAt,
                .provisionedAt = issued().issuedAt,
                .revokedAt = {},
                .reason = {},
                .replacedBy = {},
                .station = "station-1"};
    }

    std::mutex mutex;
    std::vector<std::string> transactions;
    std::optional<Error> error; ///< given instead of an answer
    std::vector<HealthPart> health{{"database", std::nullopt}, {"signer", std::nullopt}};
    std::string called;
    std::string serial;
    CertificateQuery query;
    AuditExportQuery exportQuery;
    Caller caller;

private:
    template <typename T>
    Result<T> noted(const char* name, const Caller& who, Result<T> value)
    {
        const std::lock_guard lock(mutex);
        called = name;
        caller = who;
        if (error) return tl::unexpected(*error);
        return value;
    }
};

class FakeDirectory final : public CallerDirectory
{
public:
    Result<std::optional<CertificateStanding>> findCertificate(ByteView certificateDer) override
    {
        if (error) return tl::unexpected(*error);
        const auto found = certificates.find(Bytes(certificateDer.begin(), certificateDer.end()));
        if (found == certificates.end()) return std::optional<CertificateStanding>();
        return std::optional(found->second);
    }
    Result<std::optional<TokenGrant>> findToken(const SecretBytes& token) override
    {
        if (error) return tl::unexpected(*error);
        const auto found = tokens.find(std::string(token.revealText()));
        if (found == tokens.end()) return std::optional<TokenGrant>();
        return std::optional(found->second);
    }

    std::map<Bytes, CertificateStanding> certificates;
    std::map<std::string, TokenGrant> tokens; ///< by the token
    std::optional<Error> error;
};

} // namespace gateway::http
