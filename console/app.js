// The console: an ordinary client of the API.

import { showOrganization } from "./organization.js";
import { $, button, element, guard } from "./page.js";
import { api, area, claims, copyToken, finishLogin, isSignedIn, logIn, logOut } from "./session.js";
import { showTeam } from "./team.js";

const justPaid = sessionStorage.getItem("paid");
const dollars = (cents) => (cents / 100).toLocaleString("en", { style: "currency", currency: "USD" });

async function showSubscription() {
  const found = await api("GET", `${area()}/subscription`);
  const rows = { Plan: found.plan, Status: found.status, Until: new Date(found.ends_at).toLocaleString(), Seats: found.seats };
  const shown = Object.entries(rows).filter(([, value]) => value != null);
  $("subscription").replaceChildren(...shown.flatMap(([name, value]) => [element("dt", name), element("dd", `${value}`)]));
}

async function showPlans() {
  const { plans } = await api("GET", "plans");
  $("plans-section").hidden = Boolean(claims.org_id);
  $("plans").replaceChildren(...plans.filter((plan) => plan.prices.length > 0).map((plan) => {
    const [min, max] = [plan.seats.min, plan.seats.max ?? ""];
    const seats = Object.assign(element("input"), { type: "number", min, max, value: min });
    const choices = plan.prices.map((price) => button(`Choose ${plan.display_name}, ${dollars(price.unit_amount)} a ${price.interval}`, async () => {
      const chosen = { plan: plan.plan, interval: price.interval, seats: Number(seats.value) };
      location.assign((await api("POST", "me/checkout", chosen)).checkout_url);
    }, "loud"));
    const many = plan.organization ? [element("label", "Seats ", seats)] : [];
    return element("li", "", element("h3", plan.display_name), ...many, ...choices);
  }));
}

async function showConversions() {
  if (claims.org_id) return;
  const { items } = await api("GET", "me/conversions");
  $("conversions-section").hidden = items.length === 0;
  $("conversions").replaceChildren(...items.map((found) => {
    const item = element("li", `${found.plan}, ${found.seats} seats: ${found.step} `);
    if (found.needs === "payment") item.append(button("Pay", () => location.assign(found.checkout_url)));
    return item;
  }));
  const waiting = items.find((found) => found.needs === "name");
  $("name-form").hidden = !waiting;
  $("name-form").dataset.conversion = waiting?.conversion_id ?? "";
  // Between payment and organization the worker is busy; this is the only thing that is polled.
  const busy = items.some((found) => found.step === "provisioning" || found.conversion_id === justPaid && found.step === "requested");
  if (busy) setTimeout(guard(show), 1000);
}

async function showOrganizations() {
  const { organizations } = await api("GET", "me");
  const others = organizations.filter((found) => found.org_id !== claims.org_id);
  $("organizations-section").hidden = others.length === 0;
  $("organizations").replaceChildren(...others.map((found) =>
    element("li", `${found.display_name} `, button("Enter", () => logIn({ organization: found.org_id })))));
}

async function showProjects() {
  const { items } = await api("GET", `${area()}/projects`);
  $("projects").replaceChildren(...items.map((found) => element("li", found.name)));
}

async function show() {
  $("welcome").hidden = isSignedIn();
  $("inside").hidden = $("sign-out").hidden = $("copy-token").hidden = !isSignedIn();
  if (!isSignedIn()) return;
  $("who").textContent = claims.org_name ? `${claims.email} in ${claims.org_name}` : claims.email;
  await Promise.all([
    showSubscription(), showPlans(), showConversions(), showOrganizations(), showProjects(), showTeam(), showOrganization(),
  ]);
}

$("sign-up").addEventListener("click", guard(() => logIn({ screen_hint: "signup" })));
$("copy-token").addEventListener("click", guard(copyToken));
$("sign-in").addEventListener("click", guard(() => logIn()));
$("sign-out").addEventListener("click", logOut);
$("project-form").addEventListener("submit", guard(async ({ target }) => {
  await api("POST", `${area()}/projects`, Object.fromEntries(new FormData(target)));
  target.reset();
  await showProjects();
}));
$("name-form").addEventListener("submit", guard(async ({ target }) => {
  await api("PUT", `me/conversions/${target.dataset.conversion}/organization`, Object.fromEntries(new FormData(target)));
  await show();
}));

await guard(async () => {
  const query = new URLSearchParams(location.search);
  const carried = Object.fromEntries([...query].filter(([name]) => ["organization", "invitation", "login_hint", "prompt"].includes(name)));
  // Back from the payment page. What was paid is in the conversion, not in this address.
  if (query.has("checkout")) sessionStorage.setItem("paid", query.get("conversion"));
  if (location.pathname === "/callback") await finishLogin(query);
  else if (query.has("checkout") || Object.keys(carried).length > 0) await logIn(carried);
  await show();
})();
