// Members and invitations, as far as the caller may change them.

import { $, button, element, guard, paged, risky, row, when } from "./page.js";
import { api, claims } from "./session.js";

const base = () => `orgs/${claims.org_id}`;
const query = (given) => new URLSearchParams(Object.entries(given).filter(([, value]) => value));
let roles = [], isAdmin = false;

const called = (role) => roles.find((found) => found.role === role)?.display_name ?? role;

function roleChoice(held, change) {
  const choice = element("select", "", ...roles.map(({ role, display_name }) =>
    Object.assign(element("option", display_name), { value: role, selected: held.includes(role) })));
  // Several at once are for the API; who has them keeps them until one is chosen here.
  if (held.length > 1) choice.prepend(Object.assign(element("option", held.map(called).join(", ")), { selected: true, disabled: true }));
  choice.setAttribute("aria-label", "Role");
  choice.addEventListener("change", guard(() => change(choice.value)));
  return choice;
}

function member(found) {
  const path = `${base()}/members/${encodeURIComponent(found.user_id)}`;
  const isSelf = found.user_id === claims.sub;
  const again = (action) => async () => { try { await action(); } finally { await showMembers(); } };
  const who = element("span", "", element("strong", found.name ?? found.email ?? found.user_id), element("small", found.email ?? ""));
  const role = isAdmin
    ? roleChoice(found.roles, (chosen) => again(() => api("PUT", `${path}/roles`, { roles: [chosen] }))())
    : found.roles.map(called).join(", ");
  const remove = risky(isSelf ? "Leave" : "Remove", isSelf ? "Leave this organization?" : `Remove ${found.email ?? found.user_id}?`,
    again(() => api("DELETE", path)));
  return row(who, role, found.connection, found.joined_by, when(found.last_seen_at), isAdmin || isSelf ? remove : "");
}

const showMembers = paged($("members"), $("members-more"),
  (cursor) => api("GET", `${base()}/members?${query({ limit: "20", q: $("member-search").value.trim(), cursor })}`), member);

function invitation(found) {
  const path = `${base()}/invitations/${found.invitation_id}`;
  const act = (action) => async () => { await action(); await showInvitations(); };
  const isOpen = ["pending", "failed", "expired"].includes(found.state);
  const actions = element("span", "", ...(isOpen ? [
    button("Send again", act(() => api("POST", `${path}/resend`, {}))),
    button("Revoke", act(() => api("DELETE", path))),
  ] : []));
  const state = found.failure ? `${found.state}: ${found.failure.replaceAll("_", " ")}` : found.state;
  return row(found.email, found.roles.map(called).join(", "), state, when(found.expires_at), actions);
}

const showInvitations = paged($("invitations"), $("invitations-more"),
  (cursor) => api("GET", `${base()}/invitations?${query({ limit: "20", cursor })}`), invitation);

export async function showTeam() {
  $("team-section").hidden = !claims.org_id;
  if (!claims.org_id) return;
  roles = (await api("GET", `${base()}/roles`)).items;
  const own = await api("GET", `${base()}/members/${encodeURIComponent(claims.sub)}`);
  isAdmin = own.roles.includes("org_admin");
  $("invite-role").replaceChildren(...roles.map(({ role, display_name }) =>
    new Option(display_name, role, role === "org_member", role === "org_member")));
  await showMembers();
  // Whoever may not see invitations has no use for an empty list.
  await showInvitations().then(() => { $("invitations-section").hidden = false; }, () => { $("invitations-section").hidden = true; });
}

$("member-search").addEventListener("input", guard(() => showMembers()));
$("invite-form").addEventListener("submit", guard(async ({ target }) => {
  const given = Object.fromEntries(new FormData(target));
  const { items } = await api("POST", `${base()}/invitations`, { invitees: [{ email: given.email, roles: [given.role] }] });
  target.reset();
  await showInvitations();
  if (items[0].outcome !== "created") throw new Error(`${items[0].email}: ${items[0].outcome.replaceAll("_", " ")}.`);
}));
