import unittest
from collections import Counter

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import Error, SearchRequest
from scim2_models.exceptions import UnauthorizedException
from scim2_tester import Status, check_server

from dev import Dev


def setUpModule():
    global dev
    dev = Dev()


def tearDownModule():
    dev.stop()


class Case(unittest.TestCase):
    def client(self, base, token):
        http = Client(base_url=base, headers={"Authorization": f"Bearer {token}"})
        self.addCleanup(http.close)
        return SyncSCIMClient(http)


class Validator(Case):
    def test_every_check_of_the_validator_passes(self):
        base, token = dev.provisioned("validated")
        results = check_server(self.client(base, token))
        counts = Counter(result.status.name for result in results)
        print("scim2-tester:", ", ".join(f"{count} {name.lower()}" for name, count in sorted(counts.items())))
        good = {Status.SUCCESS, Status.SKIPPED}
        bad = [f"{result.title}: {result.reason}" for result in results if result.status not in good]
        self.assertEqual(bad, [])
        self.assertGreater(counts["SUCCESS"], 80)


class IdentityProvider(Case):
    """What an identity provider does with one person, through the client library."""

    def setUp(self):
        name = self.id().rsplit(".", 1)[1].replace("_", "-")
        self.base, self.token = dev.provisioned(name, configuration={"user_id_attribute": "externalId"})
        self.scim = self.client(self.base, self.token)
        self.scim.discover()
        self.User = self.scim.get_resource_model("User")

    def provision(self, subject="00u1"):
        email = f"{subject}@acme.example"
        return self.scim.create(
            self.User(user_name=email, external_id=subject, active=True, emails=[{"value": email, "primary": True}])
        )

    def find(self, text):
        found = self.scim.query(self.User, query_parameters=SearchRequest(filter=text))
        return [each.id for each in found.resources or []]

    def test_joins_moves_and_leaves(self):
        created = self.provision()
        self.assertTrue(created.id.startswith("samlp|test-joins-moves-and-leaves|00u1"))
        self.assertEqual(self.find('externalId eq "00u1"'), [created.id])
        self.assertEqual(self.find('userName eq "nobody"'), [])
        created.active = False
        left = self.scim.replace(created)
        self.assertFalse(left.active)
        user = dev.management("GET", f"users/{created.id.replace('|', '%7C')}")
        self.assertTrue(user["blocked"])
        self.assertEqual(user["app_metadata"]["external_id"], "00u1")
        self.scim.delete(self.User, created.id)
        self.assertEqual(self.find('externalId eq "00u1"'), [])

    def test_nobody_is_there_twice(self):
        self.provision()
        twice = self.scim.create(
            self.User(user_name="00U1@ACME.example", external_id="00u2"), raise_scim_errors=False
        )
        self.assertIsInstance(twice, Error)
        self.assertEqual((twice.status, twice.scim_type), (409, "uniqueness"))

    def test_a_token_of_another_connection_is_no_token(self):
        other, _ = dev.provisioned("elsewhere")
        with self.assertRaises(UnauthorizedException):
            self.client(other, self.token).discover()


if __name__ == "__main__":
    unittest.main()
