"""docs/api/openapi.yaml against itself and the sources: references, examples, and every error slug that the code can answer with."""

import os
import pathlib
import re
import unittest

import jsonschema
import yaml

SOURCE = pathlib.Path(__file__).resolve().parents[3]
DOCUMENT = yaml.safe_load((SOURCE / "docs/api/openapi.yaml").read_text())
# Not behind the API: the programs' own files and the other end of the line.
OTHER_FOLDERS = {"ceremony", "client", "gateway", "broker-guard"}
SLUG = r'"([a-z0-9]+(?:-[a-z0-9]+)*)"'
MADE_BY = [
    re.compile(r"ErrorCode::\w+,\s*" + SLUG),
    re.compile(r"\bopenRequest\([^;]*?" + SLUG),
    re.compile(r"\b(?:refuse|badField|unavailable|refusal|policy|malformed|Refusal)\s*[({]\s*" + SLUG),
]


def slugs_in_sources():
    found = {}
    for path in sorted((SOURCE / "ca-gateway").rglob("*.cpp")):
        if path.relative_to(SOURCE / "ca-gateway").parts[0] in OTHER_FOLDERS:
            continue
        text = re.sub(r'"\s*\n\s*"', "", path.read_text())
        for pattern in MADE_BY:
            for slug in pattern.findall(text):
                found.setdefault(slug, path.relative_to(SOURCE))
    return found


def walk(node, path=()):
    yield path, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, path + (key,))
    if isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, path + (index,))


def resolve(reference):
    node = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def validator(schema):
    """For a schema of the document (OpenAPI 3.1 schemas are JSON Schema 2020-12)."""
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": DOCUMENT["components"], "allOf": [schema]}
    return jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())


class OpenApiTest(unittest.TestCase):
    def test_every_reference_leads_somewhere(self):
        count = 0
        for path, node in walk(DOCUMENT):
            if isinstance(node, dict) and isinstance(node.get("$ref"), str):
                with self.subTest(path=path):
                    resolve(node["$ref"])
                    count += 1
        self.assertGreater(count, 30)

    def test_every_schema_is_one(self):
        for name, schema in DOCUMENT["components"]["schemas"].items():
            with self.subTest(name):
                jsonschema.Draft202012Validator.check_schema(schema)

    def test_every_component_is_used(self):
        used = {node["$ref"] for _, node in walk(DOCUMENT) if isinstance(node, dict) and isinstance(node.get("$ref"), str)}
        for kind, parts in DOCUMENT["components"].items():
            for name in parts:
                self.assertIn(f"#/components/{kind}/{name}", used)

    def test_examples_fit_their_schemas(self):
        count = 0
        for path, node in walk(DOCUMENT):
            if not isinstance(node, dict) or path[-1:] == ("properties",):
                continue
            schema = node.get("schema", node)
            examples = list(node["examples"]) if isinstance(node.get("examples"), list) else []
            examples += [node["example"]] if "example" in node else []
            for example in examples:
                with self.subTest(path=path, example=example):
                    self.assertEqual([error.message for error in validator(schema).iter_errors(example)], [])
                    count += 1
        self.assertGreater(count, 9)

    def test_requests_and_answers_have_examples(self):
        for name in ("IssueRequest", "RenewRequest", "RevokeRequest", "ProvisionedReport", "RejectedReport", "RenewFailureReport",
                     "IssuedCertificate", "Revocation", "CertificatePage", "Problem", "Health"):
            self.assertTrue(DOCUMENT["components"]["schemas"][name].get("examples"), name)

    def test_every_operation_answers_errors_as_problems(self):
        for path, operations in DOCUMENT["paths"].items():
            for method, operation in operations.items():
                if path == "/health":
                    continue
                self.assertEqual(operation["responses"]["default"], {"$ref": "#/components/responses/Problem"}, f"{method} {path}")

    def test_slugs_of_the_code_are_listed(self):
        found = slugs_in_sources()
        self.assertGreater(len(found), 60)
        listed = DOCUMENT["components"]["schemas"]["Problem"]["properties"]["type"]["x-slugs"]
        self.assertEqual(listed, sorted(set(listed)), "x-slugs: sorted, each once")
        missing = {slug: str(path) for slug, path in found.items() if slug not in listed}
        self.assertEqual(missing, {}, "not in x-slugs of docs/api/openapi.yaml")
        self.assertEqual([slug for slug in listed if slug not in found], [], "in x-slugs, but nowhere in the code")


if __name__ == "__main__":
    unittest.main()
