#include <QTest>

#include <nlohmann/json.hpp>

#include "ceremony/shares.h"

using namespace gateway;
using namespace gateway::ceremony;

namespace {

const std::vector<std::string> kHolders = {"Alice", "Bruno", "Chiyo", "Dana", "Emeka"};
constexpr std::string_view kSecret = "00112233445566778899aabbccddeeff";

std::vector<Share> makeShares(std::string_view secret = kSecret)
{
    auto shares = splitSecret(SecretBytes(secret), kHolders, 3);
    return shares ? std::move(*shares) : std::vector<Share>();
}

Share copyOf(const Share& share)
{
    return {share.set,        share.index, share.threshold, share.holder, SecretBytes(share.value.revealText()),
            share.secretCheck};
}

} // namespace

class SharesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void anyThreeOfFiveGiveTheSecret()
    {
        const auto shares = makeShares();
        QCOMPARE(shares.size(), 5U);
        int combinations = 0;
        for (std::size_t a = 0; a < 5; ++a)
            for (std::size_t b = 0; b < 5; ++b)
                for (std::size_t c = 0; c < 5; ++c) {
                    if (a == b || b == c || a == c) continue;
                    std::vector<Share> given;
                    for (const auto i : {a, b, c})
                        given.push_back(copyOf(shares[i]));
                    const auto secret = combineShares(given);
                    QVERIFY(secret);
                    QVERIFY(secret->equals(asBytes(kSecret)));
                    ++combinations;
                }
        QCOMPARE(combinations, 60);
    }

    void twoSplitsHaveNothingInCommon()
    {
        const auto first = makeShares();
        const auto second = makeShares();
        for (std::size_t i = 0; i < 5; ++i) {
            QVERIFY(!first[i].value.equals(second[i].value.reveal()));
            QVERIFY(!first[i].value.equals(asBytes(kSecret)));
        }
        QVERIFY(first[0].set != second[0].set);
    }

    void wrongSetsAreNamed_data()
    {
        QTest::addColumn<QList<int>>("given"); // 0 to 4: shares of the secret; 10 to 14: of another one
        QTest::addColumn<QByteArray>("errorType");

        QTest::newRow("none") << QList<int>{} << QByteArray("shares-too-few");
        QTest::newRow("one") << QList<int>{2} << QByteArray("shares-too-few");
        QTest::newRow("two of five") << QList<int>{0, 4} << QByteArray("shares-too-few");
        QTest::newRow("same twice") << QList<int>{0, 1, 0} << QByteArray("share-repeated");
        QTest::newRow("two, one of them twice") << QList<int>{3, 3} << QByteArray("share-repeated");
        QTest::newRow("one of another secret") << QList<int>{0, 1, 12} << QByteArray("shares-mixed");
        QTest::newRow("all five") << QList<int>{0, 1, 2, 3, 4} << QByteArray();
    }

    void wrongSetsAreNamed()
    {
        QFETCH(const QList<int>, given);
        QFETCH(const QByteArray, errorType);
        const auto own = makeShares();
        const auto other = makeShares("ffeeddccbbaa99887766554433221100");
        std::vector<Share> shares;
        for (const int i : given)
            shares.push_back(
                copyOf(i < 10 ? own[static_cast<std::size_t>(i)] : other[static_cast<std::size_t>(i - 10)]));
        const auto secret = combineShares(shares);
        QCOMPARE(QByteArray::fromStdString(secret ? std::string() : secret.error().type), errorType);
    }

    /// A share whose check value was made to fit again is still caught, by the secret's own.
    void forgedShareDoesNotGiveTheSecret()
    {
        auto shares = makeShares();
        Bytes value(shares[1].value.reveal().begin(), shares[1].value.reveal().end());
        value[5] ^= 1U;
        shares[1].value = SecretBytes(std::move(value));
        shares.resize(3);
        const auto secret = combineShares(shares);
        QVERIFY(!secret);
        QCOMPARE(secret.error().type, std::string("share-secret"));
    }

    void fileKeepsTheShare()
    {
        const auto shares = makeShares();
        std::vector<Share> read;
        for (const auto i : {4, 0, 2}) {
            auto share = parseShare(toJson(shares[static_cast<std::size_t>(i)]));
            QVERIFY(share);
            read.push_back(std::move(*share));
        }
        QCOMPARE(read[0].holder, std::string("Emeka"));
        const auto secret = combineShares(read);
        QVERIFY(secret);
        QVERIFY(secret->equals(asBytes(kSecret)));
    }

    void everyCorruptedDigitIsNoticed()
    {
        const auto text = toJson(makeShares()[0]);
        const auto value = nlohmann::json::parse(text)["share"].get<std::string>();
        const auto start = text.find(value);
        for (std::size_t i = 0; i < value.size(); ++i) {
            auto changed = text;
            changed[start + i] = changed[start + i] == '0' ? '1' : '0';
            const auto share = parseShare(changed);
            QVERIFY(!share);
            QCOMPARE(share.error().type, std::string("share-corrupted"));
        }
    }

    void badFilesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("pointer");
        QTest::addColumn<QByteArray>("value"); // JSON; empty: the field is taken away
        QTest::addColumn<QByteArray>("errorType");

        const QByteArray malformed("share-malformed");
        const QByteArray corrupted("share-corrupted");
        QTest::newRow("no share") << QByteArray("share") << QByteArray() << malformed;
        QTest::newRow("no check") << QByteArray("check") << QByteArray() << malformed;
        QTest::newRow("index 0") << QByteArray("index") << QByteArray("0") << malformed;
        QTest::newRow("index 256") << QByteArray("index") << QByteArray("256") << malformed;
        QTest::newRow("index negative") << QByteArray("index") << QByteArray("-1") << malformed;
        QTest::newRow("index a text") << QByteArray("index") << QByteArray("\"1\"") << malformed;
        QTest::newRow("share short") << QByteArray("share") << QByteArray("\"00\"") << malformed;
        QTest::newRow("share not hex") << QByteArray("share") << QByteArray("\"zz\"") << malformed;
        QTest::newRow("share a number") << QByteArray("share") << QByteArray("5") << malformed;
        QTest::newRow("other index") << QByteArray("index") << QByteArray("2") << corrupted;
        QTest::newRow("other holder") << QByteArray("holder") << QByteArray("\"Mallory\"") << corrupted;
        QTest::newRow("lower threshold") << QByteArray("threshold") << QByteArray("2") << corrupted;
    }

    void badFilesAreRefused()
    {
        QFETCH(const QByteArray, pointer);
        QFETCH(const QByteArray, value);
        QFETCH(const QByteArray, errorType);
        auto json = nlohmann::json::parse(toJson(makeShares()[0]));
        if (value.isEmpty())
            json.erase(pointer.toStdString());
        else
            json[pointer.toStdString()] = nlohmann::json::parse(value.toStdString());
        const auto share = parseShare(json.dump());
        QVERIFY(!share);
        QCOMPARE(share.error().type, errorType.toStdString());
    }

    void notJsonIsRefused()
    {
        for (const auto* text : {"", "{", "[]", "null", "7"}) {
            const auto share = parseShare(text);
            QVERIFY(!share);
            QCOMPARE(share.error().type, std::string("share-malformed"));
        }
    }

    void impossibleSplitsAreRefused()
    {
        QVERIFY(!splitSecret(SecretBytes(kSecret), kHolders, 1));
        QVERIFY(!splitSecret(SecretBytes(kSecret), kHolders, 6));
        QVERIFY(!splitSecret(SecretBytes(std::string_view("1234")), kHolders, 3));
        QVERIFY(!splitSecret(SecretBytes(kSecret), std::vector<std::string>(256, "x"), 3));
    }
};

QTEST_APPLESS_MAIN(SharesTest)
#include "shares_test.moc"
