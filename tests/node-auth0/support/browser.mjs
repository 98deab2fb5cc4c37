// As much of a browser as login pages without script need: cookies, redirects, and forms that are filled in.

const decoded = (text) =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const attributes = (tag) =>
  Object.fromEntries([...tag.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)].slice(1).map(([, name, value]) => [name, decoded(value ?? '')]));

export class Browser {
  #cookies = new Map();

  // Opens an address and follows redirects, unless they lead to one that `stop` knows.
  async open(address, { method = 'GET', body, stop = () => false } = {}) {
    let [url, sent] = [new URL(address), { method, body }];
    for (let hops = 0; hops < 20; hops += 1) {
      const headers = { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '), accept: 'text/html' };
      const response = await fetch(url, { ...sent, headers, redirect: 'manual' });
      for (const line of response.headers.getSetCookie()) this.#keep(line);
      const location = response.headers.get('location');
      if (!location) {
        const page = { url, status: response.status, text: await response.text() };
        // The one script that is of use: a form that sends itself.
        return page.text.includes('document.forms[0].submit()') ? this.submit(page, {}) : page;
      }
      await response.arrayBuffer();
      url = new URL(location, url);
      sent = { method: 'GET' };
      if (stop(url)) return { url };
    }
    throw new Error(`too many redirects, the last to ${url}`);
  }

  // Sends the page's form with what is filled in beside what is hidden in it.
  async submit(page, filled, options = {}) {
    const form = page.text.match(/<form[^>]*>[\s\S]*?<\/form>/)?.[0];
    if (!form) throw new Error(`no form at ${page.url}: ${page.status} ${page.text}`);
    const { action, method } = attributes(form.match(/<form[^>]*>/)[0]);
    const fields = [...form.matchAll(/<input[^>]*>/g)].map(([tag]) => attributes(tag)).filter(({ name }) => name);
    for (const name of Object.keys(filled)) {
      if (!fields.some((field) => field.name === name)) throw new Error(`no field ${name} at ${page.url}`);
    }
    const body = new URLSearchParams(fields.map(({ name, value }) => [name, filled[name] ?? value ?? '']));
    const address = new URL(action || page.url, page.url);
    return this.open(address, { method: method?.toUpperCase() ?? 'GET', body, ...options });
  }

  #keep(line) {
    const [pair, ...rest] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const past = rest.some((part) => /^max-age=0$/i.test(part) || (/^expires=/i.test(part) && Date.parse(part.slice(8)) < Date.now()));
    if (past || value === '') this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

// From the login page to where it leads.
export const logIn = async (browser, page, { email, password }, options = {}) => {
  const next = await browser.submit(page, { username: email });
  return browser.submit(next, { password }, options);
};
