// Says who is signed in before an invitation is opened, which Auth0 would use up under the wrong account. It asks the
// issuer by a redirect of the whole page with prompt=none, so neither a frame nor a cookie of others is needed.

const page = document.body.dataset;
const CHECK = "invitation-check";
const ANSWER = "invitation-answer";

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const take = (key) => {
  const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
  sessionStorage.removeItem(key);
  return kept;
};

// Authorization code with PKCE (RFC 7636), for the ID token only.
async function ask() {
  const check = { verifier: random(), state: random(), nonce: random(), query: location.search };
  sessionStorage.setItem(CHECK, JSON.stringify(check));
  const challenge = base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(check.verifier)));
  location.replace(`${page.issuer}authorize?` + new URLSearchParams({
    response_type: "code", client_id: page.clientId, redirect_uri: page.address, scope: "openid profile email",
    prompt: "none", state: check.state, nonce: check.nonce, code_challenge: challenge, code_challenge_method: "S256",
  }));
}

async function signedIn(code, check) {
  const answer = await fetch(`${page.issuer}oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code", client_id: page.clientId, redirect_uri: page.address, code,
      code_verifier: check.verifier,
    }),
  });
  if (!answer.ok) return null;
  const payload = (await answer.json()).id_token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (c) => c.charCodeAt(0))));
  return claims.nonce === check.nonce ? claims.email ?? claims.name ?? claims.sub : null;
}

async function comeBack() {
  const query = new URLSearchParams(location.search);
  const check = take(CHECK);
  if (!check || query.get("state") !== check.state) return location.replace(page.address);
  const who = query.has("code") ? await signedIn(query.get("code"), check).catch(() => null) : null;
  sessionStorage.setItem(ANSWER, JSON.stringify({ query: check.query, who }));
  location.replace(page.address + check.query);
}

function tell(who) {
  const invited = new URL(document.querySelector("a.button").href).searchParams.get("login_hint");
  const same = who.toLowerCase() === invited.toLowerCase();
  const shown = document.getElementById("who");
  shown.textContent = same
    ? `You are signed in as ${who}, the invited person. Continue asks you to sign in once more.`
    : `You are signed in as ${who}; this invitation is for ${page.invited}: continue signs you in as the invited person.`;
  shown.hidden = false;
}

async function open() {
  const answer = take(ANSWER);
  if (answer?.query === location.search) {
    if (answer.who) tell(answer.who);
    return;
  }
  // One that never came back ended on a page of the issuer's; asking again would end there again.
  const asked = take(CHECK)?.query === location.search;
  if (!asked && location.origin + location.pathname === page.address) await ask();
}

async function refused() {
  const query = new URLSearchParams(location.search);
  await fetch("/invitation", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ organization: query.get("organization") ?? "", invitation: query.get("invitation") ?? "" }),
  });
}

const pages = { open, refused, return: comeBack };
await pages[page.page]?.();
