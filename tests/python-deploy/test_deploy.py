"""What deploys the product is valid, and agrees with what the product reads. No cluster and no Docker is needed."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import kubernetes_validate
import yaml
from compose_spec import PyCompose

ROOT = pathlib.Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy/kubernetes"
VERSION = "1.37"

# Requests and jobs under way have this long after the drain.
FINISH = 25


def read_by_the_product():
    sources = [ROOT / "crates/api/src/config.rs", *(ROOT / "crates/api/src/config").glob("*.rs")]
    names = set()
    for source in sources:
        if source.name != "tests.rs":
            names.update(re.findall(r'"([A-Z][A-Z0-9_]+)"', source.read_text()))
    return names


def listed(process):
    """The variables of a process by README's table, and what each is by default, where that says so."""
    rows = re.findall(r"^\| (`[A-Z].*?) \| (\w+) \| (.*) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    names = {}
    for cell, of, meaning in rows:
        default = re.search(r"default `(.*?)`", meaning)
        quoted = re.findall(r"`([^`]+)`", cell)
        # Of a client only its secret's last part is written out.
        full = [name.replace("…", quoted[0].removesuffix("_ID")) for name in quoted]
        if of in (process, "both"):
            names.update({name: default and default[1] for name in full})
    return names


def variable(name):
    return name.removesuffix("_FILE")


def seconds(text):
    return int(text.removesuffix("s"))


def compose():
    """As `docker compose` reads it, with every variable set that it insists on."""
    text = (ROOT / "docker-compose.yml").read_text()
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
    return yaml.safe_load(re.sub(r"\$\{\w+:\?[^}]*\}", "set", text))


def manifests(folder):
    for file in yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]:
        yield from yaml.safe_load_all((folder / file).read_text())


def all_manifests():
    return [*manifests(KUBERNETES), *manifests(KUBERNETES / "migrate")]


def pods():
    workloads = [one for one in all_manifests() if "template" in one.get("spec", {})]
    return {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in workloads}


class Compose(unittest.TestCase):
    def setUp(self):
        self.file = compose()
        self.ours = {name: one for name, one in self.file["services"].items() if one["image"].startswith("tenantry")}

    def test_it_is_a_compose_file(self):
        plain = {name: part for name, part in self.file.items() if not name.startswith("x-")}
        PyCompose.from_yaml(yaml.safe_dump(plain)).validate()
        wrong = {**plain, "services": {"serve": {"image": "tenantry", "read_onyl": True}}}
        with self.assertRaisesRegex(ValueError, "read_onyl"):
            PyCompose.from_yaml(yaml.safe_dump(wrong))

    def test_it_sets_nothing_that_nobody_reads(self):
        self.assertEqual(set(self.ours), {"migrate", "serve-a", "serve-b", "work"})
        known = read_by_the_product()
        for name, service in self.ours.items():
            self.assertEqual({variable(key) for key in service["environment"]} - known, set(), name)

    def test_what_is_set_in_the_environment_file_gets_through(self):
        for name, process in (("serve-a", "serve"), ("serve-b", "serve"), ("work", "work")):
            table = set(listed(process))
            self.assertIn("AUTH0_EVENTS_PULL", table)
            set_here = {variable(key) for key in self.ours[name]["environment"]}
            # The image's own, and what is for development.
            elsewhere = {"BIND_ADDRESS", "IDENTITY_PROVIDER_ORIGINS"}
            self.assertEqual(table - set_here - elsewhere, set(), name)

    def test_each_process_has_the_secrets_that_it_names_and_no_others(self):
        for name, service in self.ours.items():
            files = [value for key, value in service["environment"].items() if key.endswith("_FILE")]
            self.assertEqual(sorted(files), sorted(f"/run/secrets/{secret}" for secret in service["secrets"]), name)
        used = {secret for service in self.file["services"].values() for secret in service.get("secrets", [])}
        self.assertEqual(used, set(self.file["secrets"]))

    def test_they_are_made(self):
        with tempfile.TemporaryDirectory() as folder:
            environment = pathlib.Path(folder, ".env")
            environment.write_text(
                'CURSOR_KEY=kept\nexport STRIPE_SECRET_KEY="sk_test_1"\nSTRIPE_SECRET_KEY=sk_test_2\n'
                + "SECRETS_KEY='$a \"b\" \\c `d`'\n"
                + 'SMTP_URL="smtps://it\'s:\\$a\\\\\\"b\\`@mail"\n'
            )
            secrets = pathlib.Path(folder, "secrets")
            command = [ROOT / "deploy/make-secrets", secrets, environment]
            said = [subprocess.run(command, check=True, capture_output=True, text=True).stderr]
            made = {file.name: file.read_text() for file in secrets.iterdir()}
            said.append(subprocess.run(command, check=True, capture_output=True, text=True).stderr)
            self.assertEqual(made, {file.name: file.read_text() for file in secrets.iterdir()})
            self.assertEqual(secrets.stat().st_mode & 0o777, 0o700)
            self.assertEqual({file.stat().st_mode & 0o777 for file in secrets.iterdir()}, {0o644})
        self.assertEqual(set(made), set(self.file["secrets"]))
        self.assertEqual((made["cursor_key"], made["stripe_secret_key"]), ("kept", "sk_test_2"))
        self.assertEqual(made["secrets_key"], '$a "b" \\c `d`')
        self.assertEqual(made["smtp_url"], 'smtps://it\'s:$a\\"b`@mail')
        self.assertRegex(made["database_url"], r"^postgres://tenantry_api:[0-9a-f]{64}@postgres:5432/tenantry\?sslmode=disable$")
        self.assertIn(made["postgres_password"], made["database_admin_url"])
        self.assertIn("auth0_management_client_secret auth0_scim_client_secret stripe_webhook_secrets", said[1])

    def test_nothing_can_be_written_and_everything_may_end(self):
        for name, service in self.ours.items():
            self.assertTrue(service["read_only"], name)
            self.assertEqual(service["cap_drop"], ["ALL"], name)
            drain = int(service["environment"].get("SHUTDOWN_DRAIN_SECONDS", 0))
            self.assertGreater(seconds(service["stop_grace_period"]), drain + FINISH, name)


class Kubernetes(unittest.TestCase):
    def test_every_manifest_is_valid(self):
        for manifest in all_manifests():
            kubernetes_validate.validate(manifest, VERSION, strict=True)
        wrong = json.loads(json.dumps(next(one for one in all_manifests() if one["kind"] == "Deployment")))
        wrong["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
        with self.assertRaises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(wrong, VERSION, strict=True)

    def test_all_of_it_is_one_image_that_somebody_chooses(self):
        for folder, component in ((KUBERNETES, "image"), (KUBERNETES / "migrate", "../image")):
            kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
            self.assertEqual(kustomization["components"], [component])
            self.assertNotIn("images", kustomization)
        [image] = yaml.safe_load((KUBERNETES / "image/kustomization.yaml").read_text())["images"]
        self.assertEqual({pod["containers"][0]["image"] for pod in pods().values()}, {image["name"]})
        # A tag that moves is no change, so nothing would be rolled out.
        self.assertNotIn(image["newTag"], ("", "latest"))

    def test_every_file_is_used(self):
        for folder in (KUBERNETES, KUBERNETES / "migrate"):
            listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
            there = [file.name for file in folder.glob("*.yaml") if file.name != "kustomization.yaml"]
            self.assertEqual(sorted(listed), sorted(there))

    def test_they_set_nothing_that_nobody_reads(self):
        known = read_by_the_product()
        names = {name for one in all_manifests() if one["kind"] == "ConfigMap" for name in one["data"]}
        for pod in pods().values():
            names.update(one["name"] for one in pod["containers"][0]["env"])
        self.assertEqual({variable(name) for name in names} - known, set())

    def test_they_say_what_the_set_up_makes(self):
        [configuration] = [one["data"] for one in all_manifests() if one["kind"] == "ConfigMap"]
        self.assertEqual(set(configuration) - set(listed("serve")) - set(listed("work")), set())
        self.assertEqual(configuration["AUTH0_AUDIENCE"], listed("serve")["AUTH0_AUDIENCE"])

    def test_secrets_come_from_files_alone(self):
        for name, pod in pods().items():
            container = pod["containers"][0]
            [mount], [volume] = container["volumeMounts"], pod["volumes"]
            self.assertEqual((mount["name"], volume["secret"]["secretName"]), (volume["name"], name))
            for one in container["env"]:
                if one["name"].endswith("_FILE"):
                    path = pathlib.PurePosixPath(one["value"])
                    self.assertEqual(str(path.parent), mount["mountPath"])
                    self.assertEqual(path.name.upper(), variable(one["name"]))
                self.assertNotRegex(one["name"], "(SECRET|KEY|TOKENS|URL)$", "as a value in the manifest")

    def test_nothing_can_be_written_and_nobody_is_root(self):
        self.assertEqual(set(pods()), {"tenantry-serve", "tenantry-work", "tenantry-migrate"})
        for name, pod in pods().items():
            security = pod["containers"][0]["securityContext"]
            self.assertTrue(pod["securityContext"]["runAsNonRoot"], name)
            self.assertTrue(security["readOnlyRootFilesystem"], name)
            self.assertFalse(security["allowPrivilegeEscalation"], name)
            self.assertEqual(security["capabilities"], {"drop": ["ALL"]}, name)
            self.assertFalse(pod["automountServiceAccountToken"], name)

    def test_everything_may_end(self):
        for name in ("tenantry-serve", "tenantry-work"):
            pod = pods()[name]
            env = {one["name"]: one.get("value") for one in pod["containers"][0]["env"]}
            drain = int(env.get("SHUTDOWN_DRAIN_SECONDS", 0))
            self.assertGreater(pod["terminationGracePeriodSeconds"], drain + FINISH, name)
