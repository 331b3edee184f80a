#include <random>

#include <QTest>

#include "ca-gateway/evidence/vector_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kMutationsOfEach = 3000;

/// Flips, overwrites, cuts, doubles and inserts; mostly a few of them at once.
gateway::Bytes mutated(gateway::Bytes bytes, std::mt19937& random)
{
    const auto upTo = [&random](std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit)(random);
    };
    const auto count = 1 + upTo(3);
    for (std::size_t i = 0; i < count && !bytes.empty(); ++i) {
        const auto at = upTo(bytes.size() - 1);
        const auto place = bytes.begin() + std::ptrdiff_t(at);
        switch (upTo(5)) {
        case 0:
            bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << upTo(7)));
            break;
        case 1:
            bytes[at] = static_cast<std::uint8_t>(upTo(255));
            break;
        case 2:
            bytes.resize(at);
            break;
        case 3:
            bytes.insert(place, upTo(40), static_cast<std::uint8_t>(upTo(255)));
            break;
        case 4:
            bytes.erase(place, place + std::ptrdiff_t(upTo(bytes.size() - at)));
            break;
        case 5: // a length that lies
            bytes[at] = upTo(1) == 0 ? 0x00 : 0xFF;
            break;
        }
    }
    return bytes;
}

} // namespace

/// What a fuzzer does, in small and the same in each run: a failure here is found again by its seed.
class TpmStructuresMutationTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void mutationsAreRefusedOrRead_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("field");
        for (const auto& file : test::vectorFiles())
            for (const char* field : {"AkPublic", "KeyPublic", "CertifyInfo", "Signature"})
                QTest::newRow(qPrintable(file.baseName() + u' ' + QString::fromLatin1(field)))
                    << file.filePath() << QByteArray(field);
    }

    void mutationsAreRefusedOrRead()
    {
        QFETCH(QString, file);
        QFETCH(QByteArray, field);
        const auto seed = test::octets(test::readVector(file), field.toStdString());
        std::mt19937 random(20260301); // NOLINT(cert-msc51-cpp): the same inputs each time
        QCOMPARE(LLVMFuzzerTestOneInput(seed.data(), seed.size()), 0);
        for (int i = 0; i < kMutationsOfEach; ++i) {
            // A copy of exactly this size, so that a sanitizer sees the first octet beyond.
            const auto input = mutated(seed, random);
            const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[input.size()]);
            std::copy(input.begin(), input.end(), exact.get());
            QCOMPARE(LLVMFuzzerTestOneInput(exact.get(), input.size()), 0);
        }
    }
};

QTEST_GUILESS_MAIN(TpmStructuresMutationTest)
#include "tpm_structures_mutation_test.moc"
