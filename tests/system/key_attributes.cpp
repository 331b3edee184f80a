#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>

#include <dlfcn.h>
#include <nlohmann/json.hpp>
#include <p11-kit/pkcs11.h>

#include "ceremony/shares.h"

/// Logs in to every token of a ceremony and prints what each private and secret key on it says about itself, and what
/// the token lets be done to it. PINs come from the ceremony's secrets: LABEL.pin, else three shares.
///
///     key_attributes MODULE SECRETS_FOLDER
namespace {

using namespace gateway;

struct Named
{
    CK_ATTRIBUTE_TYPE type;
    const char* name;
};

constexpr std::array kFlags{
    Named{CKA_TOKEN, "token"},
    Named{CKA_PRIVATE, "private"},
    Named{CKA_SENSITIVE, "sensitive"},
    Named{CKA_ALWAYS_SENSITIVE, "always_sensitive"},
    Named{CKA_EXTRACTABLE, "extractable"},
    Named{CKA_NEVER_EXTRACTABLE, "never_extractable"},
    Named{CKA_LOCAL, "local"},
    Named{CKA_MODIFIABLE, "modifiable"},
    Named{CKA_COPYABLE, "copyable"},
    Named{CKA_SIGN, "sign"},
    Named{CKA_SIGN_RECOVER, "sign_recover"},
    Named{CKA_ENCRYPT, "encrypt"},
    Named{CKA_DECRYPT, "decrypt"},
    Named{CKA_WRAP, "wrap"},
    Named{CKA_UNWRAP, "unwrap"},
    Named{CKA_DERIVE, "derive"},
};

std::string readFile(const std::filesystem::path& file)
{
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string pinOf(const std::string& label, const std::filesystem::path& secrets)
{
    if (std::filesystem::exists(secrets / (label + ".pin"))) {
        auto pin = readFile(secrets / (label + ".pin"));
        pin.erase(pin.find_last_not_of('\n') + 1);
        return pin;
    }
    std::vector<ceremony::Share> shares;
    for (const char* name : {"share-2.json", "share-4.json", "share-5.json"}) {
        auto share = ceremony::parseShare(readFile(secrets / name));
        if (!share) throw std::runtime_error(share.error().detail);
        shares.push_back(std::move(*share));
    }
    const auto pin = ceremony::combineShares(shares);
    if (!pin) throw std::runtime_error(pin.error().detail);
    return std::string(pin->revealText());
}

void require(CK_RV result, const char* call)
{
    if (result != CKR_OK) throw std::runtime_error(std::string(call) + " answered " + std::to_string(result));
}

class Token final
{
public:
    Token(CK_FUNCTION_LIST* functions, CK_SLOT_ID slot, std::string pin) : m_functions(functions)
    {
        require(m_functions->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &m_session),
                "C_OpenSession");
        // Another process at the same token makes SoftHSM fail now and then.
        CK_RV result = CKR_OK;
        for (int attempt = 0; attempt < 20; ++attempt) {
            result = m_functions->C_Login(m_session, CKU_USER, reinterpret_cast<CK_UTF8CHAR*>(pin.data()), pin.size());
            if (result == CKR_OK || result == CKR_PIN_INCORRECT) break;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        require(result, "C_Login");
    }
    ~Token() { m_functions->C_CloseSession(m_session); }
    Token(const Token&) = delete;
    Token& operator=(const Token&) = delete;

    nlohmann::ordered_json keys()
    {
        auto keys = nlohmann::ordered_json::array();
        for (const CK_OBJECT_CLASS kind : {CKO_PRIVATE_KEY, CKO_SECRET_KEY})
            for (const auto object : find(kind))
                keys.push_back(describe(object, kind));
        return keys;
    }

private:
    std::vector<CK_OBJECT_HANDLE> find(CK_OBJECT_CLASS kind)
    {
        CK_ATTRIBUTE wanted{CKA_CLASS, &kind, sizeof kind};
        require(m_functions->C_FindObjectsInit(m_session, &wanted, 1), "C_FindObjectsInit");
        std::array<CK_OBJECT_HANDLE, 64> objects{};
        CK_ULONG count = 0;
        require(m_functions->C_FindObjects(m_session, objects.data(), objects.size(), &count), "C_FindObjects");
        require(m_functions->C_FindObjectsFinal(m_session), "C_FindObjectsFinal");
        return {objects.begin(), objects.begin() + count};
    }

    nlohmann::ordered_json describe(CK_OBJECT_HANDLE object, CK_OBJECT_CLASS kind)
    {
        std::array<char, 256> label{};
        CK_ATTRIBUTE asked{CKA_LABEL, label.data(), label.size()};
        require(m_functions->C_GetAttributeValue(m_session, object, &asked, 1), "C_GetAttributeValue");
        nlohmann::ordered_json key{{"label", std::string(label.data(), asked.ulValueLen)},
                                   {"class", kind == CKO_PRIVATE_KEY ? "private" : "secret"}};
        for (const auto& [type, name] : kFlags) {
            CK_BBOOL value = CK_FALSE;
            CK_ATTRIBUTE flag{type, &value, sizeof value};
            // A flag that the class does not have is null.
            if (m_functions->C_GetAttributeValue(m_session, object, &flag, 1) == CKR_OK) key[name] = value == CK_TRUE;
        }

        CK_BBOOL yes = CK_TRUE;
        CK_ATTRIBUTE change{CKA_DERIVE, &yes, sizeof yes};
        key["lets_itself_be_changed"] = m_functions->C_SetAttributeValue(m_session, object, &change, 1) == CKR_OK;
        CK_BBOOL no = CK_FALSE;
        CK_ATTRIBUTE inSession{CKA_TOKEN, &no, sizeof no};
        CK_OBJECT_HANDLE copy = 0;
        key["lets_itself_be_copied"] = m_functions->C_CopyObject(m_session, object, &inSession, 1, &copy) == CKR_OK;
        std::array<unsigned char, 4096> value{};
        key["shows_its_value"] = false;
        for (const CK_ATTRIBUTE_TYPE secret : {CKA_VALUE, CKA_PRIVATE_EXPONENT, CKA_PRIME_1}) {
            CK_ATTRIBUTE wanted{secret, value.data(), value.size()};
            if (m_functions->C_GetAttributeValue(m_session, object, &wanted, 1) == CKR_OK)
                key["shows_its_value"] = true;
        }
        return key;
    }

    CK_FUNCTION_LIST* m_functions;
    CK_SESSION_HANDLE m_session = 0;
};

nlohmann::ordered_json inspect(const char* module, const std::filesystem::path& secrets)
{
    void* library = ::dlopen(module, RTLD_NOW);
    if (library == nullptr) throw std::runtime_error(::dlerror());
    const auto getFunctions = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
    if (getFunctions == nullptr) throw std::runtime_error("no C_GetFunctionList");
    CK_FUNCTION_LIST* functions = nullptr;
    require(getFunctions(&functions), "C_GetFunctionList");
    require(functions->C_Initialize(nullptr), "C_Initialize");
    std::array<CK_SLOT_ID, 64> slots{};
    CK_ULONG count = slots.size();
    require(functions->C_GetSlotList(CK_TRUE, slots.data(), &count), "C_GetSlotList");
    nlohmann::ordered_json tokens;
    for (CK_ULONG i = 0; i < count; ++i) {
        CK_TOKEN_INFO info{};
        require(functions->C_GetTokenInfo(slots.at(i), &info), "C_GetTokenInfo");
        if ((info.flags & CKF_TOKEN_INITIALIZED) == 0) continue;
        std::string label(reinterpret_cast<const char*>(info.label), sizeof info.label);
        label.erase(label.find_last_not_of(' ') + 1);
        tokens[label] = Token(functions, slots.at(i), pinOf(label, secrets)).keys();
    }
    functions->C_Finalize(nullptr);
    return tokens;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::cerr << "usage: key_attributes MODULE SECRETS_FOLDER\n";
        return 64;
    }
    try {
        std::cout << inspect(argv[1], argv[2]) << std::endl;
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "key_attributes: " << error.what() << '\n';
        return 1;
    }
}
