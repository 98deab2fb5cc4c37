// The console: an ordinary client of the API. Tokens live in this page's memory and nowhere else.

const $ = (id) => document.getElementById(id);
const settings = await (await fetch("/console/settings.json")).json();
const redirectUri = `${location.origin}/callback`;
const justPaid = sessionStorage.getItem("paid");
let token, claims;

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

// Authorization code with PKCE (RFC 7636). `extra` carries screen_hint, organization or invitation.
async function logIn(extra = {}) {
  const [verifier, state, nonce] = [random(), random(), random()];
  sessionStorage.setItem("login", JSON.stringify({ verifier, state, nonce, ...extra }));
  const challenge = base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  location.assign(`${settings.issuer}authorize?` + new URLSearchParams({
    response_type: "code", client_id: settings.client_id, redirect_uri: redirectUri, audience: settings.audience,
    scope: "openid profile email", state, nonce, code_challenge: challenge, code_challenge_method: "S256", ...extra,
  }));
}

async function finishLogin(query) {
  const login = JSON.parse(sessionStorage.getItem("login") ?? "{}");
  sessionStorage.removeItem("login");
  history.replaceState(null, "", "/");
  if (query.get("error") === "access_denied" && login.invitation) {
    await fetch("/invitation", {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ organization: login.organization, invitation: login.invitation }),
    });
    throw new Error("The invitation is for somebody else than the account that you signed in with. If its link is used up now, "
      + "a new one is on its way to the invited address.");
  }
  if (query.has("error")) throw new Error(query.get("error_description"));
  if (query.get("state") !== login.state) throw new Error("This login was not begun here. Please sign in again.");
  const answer = await fetch(`${settings.issuer}oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code", client_id: settings.client_id, redirect_uri: redirectUri,
      code: query.get("code"), code_verifier: login.verifier,
    }),
  });
  const tokens = await answer.json();
  if (!answer.ok) throw new Error(tokens.error_description);
  // Straight from the issuer by a request of our own, so the signature needs no second proof (OpenID Connect 3.1.3.7).
  const payload = Uint8Array.from(atob(tokens.id_token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  claims = JSON.parse(new TextDecoder().decode(payload));
  if (claims.nonce !== login.nonce) throw new Error("The answer belongs to another login.");
  token = tokens.access_token;
}

async function api(method, path, body) {
  const headers = { Authorization: `Bearer ${token}` };
  if (body) headers["Content-Type"] = "application/json";
  if (method === "POST") headers["Idempotency-Key"] = crypto.randomUUID();
  const answer = await fetch(`/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
  const json = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error([json.detail ?? json.title, ...(json.errors ?? []).map((e) => `${e.field}: ${e.detail}`)].join(" "));
  return json;
}

// Runs what a button or form does, and shows why it was refused.
const guard = (action) => async (event) => {
  event?.preventDefault();
  $("message").textContent = "";
  await Promise.resolve(event).then(action).catch((error) => { $("message").textContent = error.message; });
};

function element(tag, text, ...children) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function button(text, action) {
  const made = element("button", text);
  made.type = "button";
  made.addEventListener("click", guard(action));
  return made;
}

const dollars = (cents) => (cents / 100).toLocaleString("en", { style: "currency", currency: "USD" });
const area = () => (claims.org_id ? `orgs/${claims.org_id}` : "me");

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
    }));
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
  $("organizations-section").hidden = organizations.length === 0;
  $("organizations").replaceChildren(...organizations.map((found) =>
    element("li", `${found.display_name} `, button("Enter", () => logIn({ organization: found.org_id })))));
  $("members-section").hidden = !claims.org_id;
  if (!claims.org_id) return;
  const { items } = await api("GET", `${area()}/members`);
  $("members").replaceChildren(...items.map((found) => element("li", `${found.email ?? found.user_id}: ${found.roles.join(", ")}`)));
}

async function showProjects() {
  const { items } = await api("GET", `${area()}/projects`);
  $("projects").replaceChildren(...items.map((found) => element("li", found.name)));
}

async function show() {
  $("welcome").hidden = Boolean(token);
  $("inside").hidden = $("sign-out").hidden = $("copy-token").hidden = !token;
  if (!token) return;
  $("who").textContent = claims.org_name ? `${claims.email} in ${claims.org_name}` : claims.email;
  await Promise.all([showSubscription(), showPlans(), showConversions(), showOrganizations(), showProjects()]);
}

$("sign-up").addEventListener("click", guard(() => logIn({ screen_hint: "signup" })));
$("copy-token").addEventListener("click", guard(() => navigator.clipboard.writeText(token)));
$("sign-in").addEventListener("click", guard(() => logIn()));
$("sign-out").addEventListener("click", () =>
  location.assign(`${settings.issuer}v2/logout?` + new URLSearchParams({ client_id: settings.client_id, returnTo: location.origin })));
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
