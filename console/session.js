// Who is signed in, and calls of the API in their name. Tokens live in this page's memory and nowhere else.

const settings = await (await fetch("/console/settings.json")).json();
const redirectUri = `${location.origin}/callback`;
let token;
export let claims;

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

export const isSignedIn = () => Boolean(token);
export const copyToken = () => navigator.clipboard.writeText(token);

// Authorization code with PKCE (RFC 7636). `extra` carries screen_hint, organization or invitation.
export async function logIn(extra = {}) {
  const [verifier, state, nonce] = [random(), random(), random()];
  sessionStorage.setItem("login", JSON.stringify({ verifier, state, nonce, ...extra }));
  const challenge = base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  location.assign(`${settings.issuer}authorize?` + new URLSearchParams({
    response_type: "code", client_id: settings.client_id, redirect_uri: redirectUri, audience: settings.audience,
    scope: "openid profile email", state, nonce, code_challenge: challenge, code_challenge_method: "S256", ...extra,
  }));
}

export async function finishLogin(query) {
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

export const logOut = () =>
  location.assign(`${settings.issuer}v2/logout?` + new URLSearchParams({ client_id: settings.client_id, returnTo: location.origin }));

// The paths of what belongs to the caller: to their organization, else to themselves.
export const area = () => (claims.org_id ? `orgs/${claims.org_id}` : "me");

async function call(method, path, body, headers = {}) {
  headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  if (method === "POST") headers["Idempotency-Key"] = crypto.randomUUID();
  const answer = await fetch(`/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (answer.ok) return answer;
  const problem = await answer.json();
  throw new Error([problem.detail ?? problem.title, ...(problem.errors ?? []).map((e) => `${e.field}: ${e.detail}`)].join(" "));
}

export async function api(method, path, body) {
  const answer = await call(method, path, body);
  return answer.status === 204 ? null : answer.json();
}

// Changes a thing as it was read: `change` makes the body of the request from what is there.
export async function patch(path, change) {
  const read = await call("GET", path);
  const etag = read.headers.get("ETag");
  const answer = await call("PATCH", path, change(await read.json()), { "If-Match": etag });
  return answer.json();
}

export async function download(path, name) {
  const file = URL.createObjectURL(await (await call("GET", path)).blob());
  Object.assign(document.createElement("a"), { href: file, download: name }).click();
  URL.revokeObjectURL(file);
}
