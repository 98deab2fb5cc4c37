// A Chromium of this machine that trusts the sandbox's certificate, and what people do on the login pages.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, constants, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { chromium } from 'playwright-core';
import { dev, PASSWORD } from './tenant.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const executable = async () => {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const folder of process.env.PATH.split(path.delimiter)) {
    for (const name of NAMES) {
      const file = path.join(folder, name);
      if (await access(file, constants.X_OK).then(() => true, () => false)) return file;
    }
  }
  throw new Error(`no browser: install chromium or name one in CHROMIUM`);
};

// Node verifies the certificate by the authority's file; Chromium, which takes no such file, is told its key.
const certifiedKey = async () => {
  const [host, port] = dev.domain.split(':');
  const socket = tls.connect({ host, port: Number(port), servername: host });
  await once(socket, 'secureConnect');
  const key = socket.getPeerX509Certificate().publicKey.export({ type: 'spki', format: 'der' });
  socket.destroy();
  return createHash('sha256').update(key).digest('base64');
};

// A browser as it comes from Chromium: Debian's, and every private window, keeps the cookies of other sites from frames,
// and then a silent login needs an Auth0 domain on the application's own site, or refresh tokens.
const PREFERENCES = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };

export const launch = async () => {
  const profile = await mkdtemp(path.join(os.tmpdir(), 'node-browser-'));
  await mkdir(path.join(profile, 'Default'));
  await writeFile(path.join(profile, 'Default/Preferences'), JSON.stringify(PREFERENCES));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: await executable(), args: [`--ignore-certificate-errors-spki-list=${await certifiedKey()}`],
  });
  browser.on('close', () => rm(profile, { recursive: true, force: true, maxRetries: 5 }));
  return browser;
};

// A page for somebody who was never here, and what it asks the tenant.
export const opened = async (browser, address) => {
  await browser.clearCookies();
  const page = await browser.newPage();
  const asked = [];
  const note = (request) => {
    const url = new URL(request.url());
    if (url.host === dev.domain) asked.push({ url, body: new URLSearchParams(request.postData() ?? '') });
  };
  browser.on('request', note);
  await page.goto(address);
  const close = async () => {
    browser.off('request', note);
    await page.close();
  };
  return { page, asked, close };
};

// The refresh tokens that were exchanged, each as its request had it.
export const refreshed = (asked) => asked.map(({ body }) => body).filter((body) => body.get('grant_type') === 'refresh_token');

// Whether a login was asked for in a frame, where nobody is asked anything.
export const isSilent = ({ url }) => url.pathname === '/authorize'
  && url.searchParams.get('prompt') === 'none' && url.searchParams.get('response_mode') === 'web_message';

export const logIn = async (page, { email }) => {
  await page.fill('input[name=username]', email);
  await page.click('button[type=submit]');
  await page.fill('input[name=password]', PASSWORD);
  await page.click('button[type=submit]');
};

export const choosePassword = async (page) => {
  await page.fill('input[name=password]', PASSWORD);
  await page.click('button[type=submit]');
};
