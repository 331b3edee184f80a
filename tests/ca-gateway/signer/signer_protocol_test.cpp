#include <QTest>

#include <nlohmann/json.hpp>

#include "signer/protocol.h"

using namespace gateway;
using namespace gateway::signer;
using nlohmann::json;

namespace {

Bytes fromHex(const QByteArray& hex)
{
    const auto bytes = QByteArray::fromHex(hex);
    return {bytes.begin(), bytes.end()};
}

} // namespace

class SignerProtocolTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void signCommandSurvivesTheWire()
    {
        const SignCommand command{SignCommand::Kind::Crl, "device-issuing-ca", "", {0x30, 0x00, 0xFF}};
        const auto decoded = decodeRequest(encode(Numbered<Request>{7, command}));
        QVERIFY(decoded);
        QCOMPARE(decoded->id, 7U);
        const auto* received = std::get_if<SignCommand>(&decoded->body);
        QVERIFY(received);
        QVERIFY(received->kind == SignCommand::Kind::Crl);
        QCOMPARE(received->keyLabel, command.keyLabel);
        QCOMPARE(received->tbsDer, command.tbsDer);
    }

    void ceremonyCommandsSurviveTheWire()
    {
        const auto sent = [](Request request) {
            auto decoded = decodeRequest(encode(Numbered<Request>{9, std::move(request)}));
            return decoded ? std::move(decoded->body) : Request(HealthRequest{});
        };
        const auto secret = [] { return SecretBytes(Bytes{1, 2, 3}); };
        const auto pin = [] { return SecretBytes(std::string_view("1234")); };
        const auto made = sent(GenerateKeyCommand{"token", pin(), "key", "EC-P256", secret()});
        QVERIFY(std::get<GenerateKeyCommand>(made).wrappingKey.equals(Bytes{1, 2, 3}));
        QCOMPARE(std::get<GenerateKeyCommand>(made).algorithm, std::string("EC-P256"));
        const auto sealing = sent(GenerateSecretKeyCommand{"token", pin(), "vault"});
        QCOMPARE(std::get<GenerateSecretKeyCommand>(sealing).keyLabel, std::string("vault"));
        const auto restored = sent(RestoreKeyCommand{"token", pin(), "key", {4, 5}, secret(), {6}});
        QVERIFY(std::get<RestoreKeyCommand>(restored).publicKeyDer == (Bytes{4, 5}));
        QVERIFY(std::get<RestoreKeyCommand>(restored).wrappingKey.equals(Bytes{1, 2, 3}));
        QVERIFY(std::get<RestoreKeyCommand>(restored).wrapped == Bytes{6});
        QCOMPARE(std::get<FindKeyCommand>(sent(FindKeyCommand{"token", pin(), "key"})).token, std::string("token"));
        const auto text = sent(SignTranscriptCommand{"token", pin(), "key", {7}});
        QVERIFY(std::get<SignTranscriptCommand>(text).text == Bytes{7});
        const auto answer = decodeResponse(encode(Numbered<Response>{9, BackedUpKey{{1}, {2, 3}}}));
        QVERIFY(answer);
        QVERIFY(std::get<BackedUpKey>(answer->body).wrapped == (Bytes{2, 3}));
    }

    void ceremonySignCommandSurvivesTheWire()
    {
        const auto decoded = decodeRequest(encode(Numbered<Request>{
            1, CeremonySignCommand{
                   "t", SecretBytes(std::string_view("pin")), "k", "p", {1}, Bytes{2}, {"a"}, {"b"}, {"c"}}}));
        QVERIFY(decoded);
        const auto* received = std::get_if<CeremonySignCommand>(&decoded->body);
        QVERIFY(received);
        QVERIFY(received->userPin.equals(asBytes("pin")));
        QCOMPARE(*received->issuerDer, Bytes{2});
        QCOMPARE(received->permittedIp, std::vector<std::string>{"b"});
    }

    void vaultMessagesSurviveTheWire()
    {
        const auto decoded = decodeRequest(encode(
            Numbered<Request>{9, VaultCommand{VaultCommand::Kind::Rewrap, "new", Bytes(16, 1), Bytes(61, 2), "old"}}));
        QVERIFY(decoded);
        const auto* received = std::get_if<VaultCommand>(&decoded->body);
        QVERIFY(received);
        QVERIFY(received->kind == VaultCommand::Kind::Rewrap);
        QCOMPARE(received->keyLabel + received->fromLabel, std::string("newold"));
        QCOMPARE(received->context.size(), 16U);
        QCOMPARE(received->wrapped.size(), 61U);
        const auto answer =
            decodeResponse(encode(Numbered<Response>{9, VaultKeyAnswer{SecretBytes(Bytes(32, 3)), Bytes(61, 4)}}));
        QVERIFY(answer);
        QVERIFY(std::get<VaultKeyAnswer>(answer->body).plain.equals(Bytes(32, 3)));
        const auto unknownKind = json{{"id", 1},
                                      {"op", "vault"},
                                      {"kind", "encrypt"},
                                      {"key", "k"},
                                      {"context", json::binary({})},
                                      {"wrapped", json::binary({})},
                                      {"from", ""}};
        QVERIFY(!decodeRequest(json::to_cbor(unknownKind)));
    }

    void responsesSurviveTheWire()
    {
        const auto keys = decodeResponse(encode(Numbered<Response>{2, KeyList{{{"a", {1, 2}}, {"b", {}}}}}));
        QVERIFY(keys);
        QVERIFY(std::get<KeyList>(keys->body).keys == (std::vector<KeyEntry>{{"a", {1, 2}}, {"b", {}}}));
        const auto refused = decodeResponse(encode(Numbered<Response>{3, Refusal{"lint", "why"}}));
        QVERIFY(refused);
        QCOMPARE(std::get<Refusal>(refused->body).type, std::string("lint"));
        const auto signature = decodeResponse(encode(Numbered<Response>{4, Signature{{9}}}));
        QVERIFY(signature);
        QCOMPARE(std::get<Signature>(signature->body).value, Bytes{9});
    }

    void malformedRequestsAreRefused_data()
    {
        QTest::addColumn<QByteArray>("cbor"); // hex

        const auto good = json{{"id", 1}, {"op", "sign"}, {"kind", "crl"}, {"key", "k"}, {"profile", ""}};
        const auto row = [](const char* name, const json& message) {
            const auto bytes = json::to_cbor(message);
            QTest::newRow(name) << QByteArray(reinterpret_cast<const char*>(bytes.data()),
                                              static_cast<qsizetype>(bytes.size()))
                                       .toHex();
        };
        QTest::newRow("empty") << QByteArray("");
        QTest::newRow("not CBOR") << QByteArray("ffffffff");
        QTest::newRow("cut off") << QByteArray("a26269");
        QTest::newRow("bytes behind") << QByteArray("a000");
        QTest::newRow("huge map announced") << QByteArray("bbffffffffffffffff");
        QTest::newRow("huge text announced") << QByteArray("7bffffffffffffffff");
        row("a number", 5);
        row("a list", json::array({1, 2}));
        row("no id", {{"op", "health"}});
        row("negative id", {{"id", -1}, {"op", "health"}});
        row("id a text", {{"id", "1"}, {"op", "health"}});
        row("no operation", {{"id", 1}});
        row("operation a number", {{"id", 1}, {"op", 3}});
        row("unknown operation", {{"id", 1}, {"op", "export-key"}});
        row("no tbs", good);
        auto changed = good;
        changed["tbs"] = "text";
        row("tbs a text", changed);
        changed["tbs"] = json::binary({1});
        changed["kind"] = "message";
        row("unknown kind", changed);
        changed["kind"] = "crl";
        changed["key"] = nullptr;
        row("key null", changed);
    }

    void malformedRequestsAreRefused()
    {
        QFETCH(const QByteArray, cbor);
        const auto decoded = decodeRequest(fromHex(cbor));
        QVERIFY(!decoded);
        QCOMPARE(decoded.error().type, std::string("message-malformed"));
    }

    /// Nests deeper than a parser that recurses without limit survives.
    void deepNestingIsRefused()
    {
        for (const std::uint8_t opening : {0x81, 0x9F, 0xBF, 0x5F, 0x7F, 0xC0})
            QVERIFY(!decodeRequest(Bytes(kMaxFrameBytes, opening)));
    }

    void framesAreCutFromAnyPieces()
    {
        const Bytes body(300, 0x5A);
        auto stream = frame(body);
        const auto second = frame(Bytes{1});
        stream.insert(stream.end(), second.begin(), second.end());
        for (std::size_t piece = 1; piece < stream.size(); piece += 7) {
            FrameReader reader;
            std::vector<Bytes> frames;
            for (std::size_t at = 0; at < stream.size(); at += piece) {
                QVERIFY(reader.feed(ByteView(stream).subspan(at, std::min(piece, stream.size() - at))));
                while (auto next = reader.take())
                    frames.push_back(std::move(*next));
            }
            QCOMPARE(frames.size(), 2U);
            QCOMPARE(frames[0], body);
            QCOMPARE(frames[1], Bytes{1});
            QVERIFY(!reader.isMidFrame());
        }
    }

    void lengthsAreLimited_data()
    {
        QTest::addColumn<QByteArray>("start");
        QTest::addColumn<QByteArray>("errorType");

        QTest::newRow("0") << QByteArray("00000000") << QByteArray("frame-empty");
        QTest::newRow("1 GB") << QByteArray("40000000") << QByteArray("frame-too-long");
        QTest::newRow("4 GB") << QByteArray("ffffffff") << QByteArray("frame-too-long");
        QTest::newRow("1 MiB and one") << QByteArray("00100001") << QByteArray("frame-too-long");
        QTest::newRow("1 MiB") << QByteArray("00100000") << QByteArray();
        QTest::newRow("half a length") << QByteArray("ffff") << QByteArray();
    }

    void lengthsAreLimited()
    {
        QFETCH(const QByteArray, start);
        QFETCH(const QByteArray, errorType);
        FrameReader reader;
        const auto fed = reader.feed(fromHex(start));
        QCOMPARE(QByteArray::fromStdString(fed ? std::string() : fed.error().type), errorType);
        QVERIFY(!reader.take());
    }
};

QTEST_APPLESS_MAIN(SignerProtocolTest)
#include "signer_protocol_test.moc"
