// How the organization is called and looks, what its plan allows, and what was done in it.

import { $, guard, paged, row, when } from "./page.js";
import { api, claims, download, patch } from "./session.js";

const base = () => `orgs/${claims.org_id}`;

async function showSettings() {
  const found = await api("GET", base());
  const form = $("organization-form").elements;
  form.display_name.value = found.display_name;
  form.logo_url.value = found.branding.logo_url ?? "";
  form.members_can_invite.checked = found.policies.members_can_invite;
  $("login-url").href = $("login-url").textContent = found.login_url;
}

async function showEntitlements() {
  const { entitlements } = await api("GET", `${base()}/entitlements`);
  $("entitlements").replaceChildren(...entitlements.map((found) => {
    const used = found.used == null ? "" : found.limit == null ? `${found.used}` : `${found.used} of ${found.limit}`;
    const why = found.because ? `${found.because.replaceAll("_", " ")}; lifted by ${found.lifted_by.replaceAll("_", " ")}` : "";
    return row(found.feature.replaceAll("_", " "), found.allowed ? "yes" : "no", used, why);
  }));
}

const showAudit = paged($("audit"), $("audit-more"),
  (cursor) => api("GET", `${base()}/audit-events?${new URLSearchParams({ limit: "20", ...(cursor && { cursor }) })}`),
  (found) => row(when(found.at), found.actor, found.action, found.target, found.client_address));

export async function showOrganization() {
  $("organization-section").hidden = $("entitlements-section").hidden = !claims.org_id;
  $("audit-section").hidden = true;
  if (!claims.org_id) return;
  await Promise.all([showSettings(), showEntitlements()]);
  // Administrators only.
  await showAudit().then(() => { $("audit-section").hidden = false; }, () => {});
}

$("organization-form").addEventListener("submit", guard(async ({ target }) => {
  const form = target.elements;
  const { policies } = await patch(base(), ({ branding }) => ({
    display_name: form.display_name.value, branding: { ...branding, logo_url: form.logo_url.value || null },
  }));
  await api("PUT", `${base()}/policies`, { ...policies, members_can_invite: form.members_can_invite.checked });
  await showOrganization();
}));
for (const format of ["csv", "ndjson"]) {
  $(`export-${format}`).addEventListener("click", guard(() => download(`${base()}/audit-events/export?format=${format}`, `audit-events.${format}`)));
}
