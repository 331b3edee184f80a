#include "ceremony_files.h"

#include <fstream>
#include <sstream>

#include <QProcess>
#include <sys/stat.h>

#include "ceremony/output_file.h"

namespace gateway::test {

using nlohmann::json;

json CeremonyFiles::demo() const
{
    std::ifstream stream(V2C_SOURCE_DIR "/resources/ceremony/demo.json");
    auto plan = json::parse(stream);
    plan["signer"] = V2C_BIN_DIR "/v2c-signer";
    plan["profiles"] = V2C_SOURCE_DIR "/resources/profiles";
    plan["output"] = output().string();
    plan["secrets"] = secrets().string();
    return plan;
}

json CeremonyFiles::smallPlan() const
{
    auto plan = demo();
    plan["tokens"] = json::array({plan["tokens"][0]});
    auto root = plan["certificates"][0];
    root["algorithm"] = "EC-P384";
    root.erase("backup");
    auto station = plan["certificates"][8];
    station["issuer"] = "root-ca.pem";
    plan["certificates"] = json::array({root, station});
    plan["crls"] = json::array({plan["crls"][0]});
    plan.erase("chains");
    plan.erase("secret_keys");
    return plan;
}

json CeremonyFiles::renewalPlan() const
{
    auto plan = smallPlan();
    auto root = plan["certificates"][0];
    root["earlier"] = (output() / "root-ca.pem").string();
    plan["tokens"][0]["earlier"] = {{"secrets", secrets().string()},
                                    {"share_records", (output() / "shares.json").string()}};
    plan["tokens"].push_back({{"label", "v2c-intermediate-3"}, {"pin", "file"}});
    auto intermediate = demo()["certificates"][2];
    intermediate["file"] = "intermediate-ca-3.pem";
    intermediate["token"] = "v2c-intermediate-3";
    intermediate["key"] = "intermediate-ca-3";
    intermediate["values"]["instance_suffix"] = " 3";
    intermediate.erase("backup");
    auto issuing = demo()["certificates"][3];
    issuing["issuer"] = "intermediate-ca-3.pem";
    issuing["token"] = "v2c-intermediate-3";
    issuing["values"]["instance_suffix"] = " 3";
    plan["certificates"] = json::array({root, intermediate, issuing});
    plan["crls"][0]["previous"] = (output() / "root-ca.crl").string();
    plan["crls"].push_back({{"file", "intermediate-ca-3.crl"}, {"issuer", "intermediate-ca-3.pem"}});
    plan["chains"] = json::array({{{"file", "chain.pem"}, {"of", "device-issuing-ca.pem"}}});
    plan["output"] = renewed().string();
    plan["secrets"] = (folder() / "secrets-2").string();
    return plan;
}

json CeremonyFiles::listPlan() const
{
    auto plan = renewalPlan();
    auto root = plan["certificates"][0];
    root.erase("token");
    root.erase("key");
    auto intermediate = plan["certificates"][1];
    intermediate["earlier"] = (renewed() / "intermediate-ca-3.pem").string();
    plan["certificates"] = json::array({root, intermediate});
    plan["tokens"] = json::array({{{"label", "v2c-intermediate-3"},
                                   {"pin", "file"},
                                   {"earlier", {{"secrets", (folder() / "secrets-2").string()}}}}});
    plan["crls"] = json::array({{{"file", "intermediate-ca-3.crl"},
                                 {"issuer", "intermediate-ca-3.pem"},
                                 {"previous", (renewed() / "intermediate-ca-3.crl").string()}}});
    plan.erase("chains");
    plan["output"] = (folder() / "pki-crl").string();
    plan["secrets"] = (folder() / "secrets-crl").string();
    return plan;
}

std::filesystem::path CeremonyFiles::write(const json& plan) const
{
    const auto file = folder() / "ceremony.json";
    std::ofstream(file) << plan.dump(2);
    return file;
}

Result<void> hold(const std::filesystem::path& file, std::ostream& progress, const CeremonyOptions& options)
{
    std::istringstream nobody;
    return runCeremony(file, options, nobody, progress);
}

std::string faultOf(const Result<void>& done)
{
    return done ? std::string() : done.error().type + ": " + done.error().detail;
}

std::pair<int, std::string> runProgram(const std::string& program, const std::vector<std::string>& arguments)
{
    QStringList list;
    for (const auto& argument : arguments)
        list << QString::fromStdString(argument);
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QString::fromStdString(program), list);
    process.waitForFinished(60'000);
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAll().toStdString()};
}

std::string contentOf(const std::filesystem::path& file)
{
    return ceremony::readFile(file).value_or("");
}

mode_t modeOf(const std::filesystem::path& file)
{
    struct stat status
    {
    };
    return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
}

bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace gateway::test
