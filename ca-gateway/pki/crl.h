#pragma once

#include <array>
#include <functional>
#include <span>
#include <vector>

#include "pki/certificate.h"

namespace gateway::pki {

struct RevokedEntry
{
    CertificateSerial serial;
    Time revokedAt;
    RevocationReason reason = RevocationReason::Unspecified; ///< Unspecified is left out (RFC 5280 5.3.1)
};

/// The entries of a CRL in 32 bytes each.
class RevokedList final
{
public:
    RevokedList() = default;
    explicit RevokedList(const std::vector<RevokedEntry>& entries);

    void reserve(std::size_t count) { m_entries.reserve(count); }
    void add(const CertificateSerial& serial, Time revokedAt, RevocationReason reason);
    /// By rising serial, as numbers.
    void sort();
    [[nodiscard]] std::size_t size() const { return m_entries.size(); }

    struct Entry
    {
        std::int64_t revokedAt = 0; ///< seconds since 1970
        std::uint8_t reason = 0;
        std::uint8_t length = 0;
        std::array<std::uint8_t, CertificateSerial::kMaxOctets> serial{};

        [[nodiscard]] ByteView serialBytes() const { return {serial.data(), length}; }
    };
    [[nodiscard]] const std::vector<Entry>& entries() const { return m_entries; }

private:
    std::vector<Entry> m_entries;
};

/// The to-be-signed part of a full CRL: authorityKeyIdentifier, cRLNumber, one entry per row; an empty list leaves the
/// field out. Written once, straight to its place.
/// @param entries  sorted
/// @param number   strictly rising
/// @param space    of tbsCrlSize() bytes
[[nodiscard]] Result<void> writeTbsCrl(const Issuer& issuer, const RevokedList& entries, std::uint64_t number,
                                       Time thisUpdate, Time nextUpdate, std::span<std::uint8_t> space);
[[nodiscard]] Result<std::size_t> tbsCrlSize(const Issuer& issuer, const RevokedList& entries, std::uint64_t number,
                                             Time thisUpdate, Time nextUpdate);

/// The same for a list in any order.
[[nodiscard]] Result<Bytes> prepareCrl(const Issuer& issuer, const std::vector<RevokedEntry>& entries,
                                       std::uint64_t number, Time thisUpdate, Time nextUpdate);

/// What a CertificateList has around its TBSCertList.
struct CrlFrame
{
    Bytes before;
    Bytes after;
};

/// Verifies the signature. @return PolicyViolation "signature-invalid"
[[nodiscard]] Result<CrlFrame> frameCrl(ByteView tbsDer, ByteView signature, const Certificate& issuer);

/// Assembles the CRL and verifies its signature. @return CertificateList, DER
[[nodiscard]] Result<Bytes> completeCrl(ByteView tbsDer, ByteView signature, const Certificate& issuer);

struct CrlTimes
{
    std::uint64_t number = 0;
    Time thisUpdate{};
    Time nextUpdate{};
};

/// Number and times of a CertificateList, whosever it is: nothing is verified. @return PolicyViolation when it is none
[[nodiscard]] Result<CrlTimes> inspectCrl(ByteView der);

/// The entries of a CertificateList that has been read. @return PolicyViolation when one is not as we write them
[[nodiscard]] Result<std::vector<RevokedEntry>> readCrlEntries(ByteView der);

/// Reads a CertificateList of this issuer. @return PolicyViolation when it is not one, or its signature does not verify
[[nodiscard]] Result<CrlTimes> readCrl(ByteView der, const Certificate& issuer);

/// What v2c-signer checks before it signs a CRL: parses, has this issuer's name, a number and dates in order.
[[nodiscard]] Result<void> lintTbsCrl(ByteView tbsDer, const Certificate& issuer);

/// Makes PEM of bytes that come piece by piece.
class PemWriter final
{
public:
    using Sink = std::function<Result<void>(std::string_view)>;

    explicit PemWriter(Sink sink) : m_sink(std::move(sink)) {}
    [[nodiscard]] Result<void> add(ByteView bytes);
    [[nodiscard]] Result<void> finish();

private:
    [[nodiscard]] Result<void> writeLines(ByteView bytes);

    Sink m_sink;
    Bytes m_rest; ///< too little for a piece yet
    bool m_hasBegun = false;
};

[[nodiscard]] std::string crlPem(ByteView der);

} // namespace gateway::pki
