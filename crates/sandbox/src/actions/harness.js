// Gives an Action what Auth0's runtime gives it: console, require, a clock, and the post-login `event` and `api`.
(function (host) {
  'use strict';

  const RealDate = Date;
  const now = () => host.now();
  RealDate.now = now;
  const SandboxDate = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
  });
  RealDate.prototype.constructor = SandboxDate;
  globalThis.Date = SandboxDate;

  const show = (value) => {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return String(value.message);
    const text = JSON.stringify(value);
    return text === undefined ? String(value) : text;
  };
  const print = (...values) => host.log(values.map(show).join(' '));
  const console = Object.freeze({ log: print, info: print, warn: print, error: print, debug: print });
  globalThis.console = console;

  const freeze = (value) => {
    if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
      Object.freeze(value);
      Object.values(value).forEach(freeze);
    }
    return value;
  };

  const modules = { auth0: () => host.auth0 };
  const require = (name) => {
    if (!Object.hasOwn(modules, name)) throw new Error(`Cannot find module '${name}'`);
    return modules[name]();
  };

  const text = (value, what) => {
    if (typeof value !== 'string') throw new TypeError(`${what} must be a string`);
    return value;
  };

  const makeApi = (asked) => {
    const demand = (factors, only_enrolled) => {
      const types = factors.map((factor) => text(factor?.type, 'factor type'));
      if (types.length > 0) asked.mfa = { factors: types, only_enrolled };
      return api;
    };
    const api = {
      access: { deny: (reason) => { asked.denied = String(reason); return api; } },
      idToken: {
        setCustomClaim: (name, value) => { asked.id_token_claims[text(name, 'claim name')] = value; return api; },
      },
      accessToken: {
        setCustomClaim: (name, value) => { asked.access_token_claims[text(name, 'claim name')] = value; return api; },
        addScope: (scope) => { asked.scopes_added.push(text(scope, 'scope')); return api; },
        removeScope: (scope) => { asked.scopes_removed.push(text(scope, 'scope')); return api; },
      },
      user: {
        setAppMetadata: (name, value) => { asked.app_metadata[text(name, 'metadata name')] = value; return api; },
        setUserMetadata: (name, value) => { asked.user_metadata[text(name, 'metadata name')] = value; return api; },
      },
      transaction: {
        setMetadata: (name, value) => { asked.transaction_metadata[text(name, 'metadata name')] = value; return api; },
      },
      cache: {
        get: (key) => {
          const found = host.cacheGet(text(key, 'cache key'));
          return found === null || found === undefined ? undefined : JSON.parse(found);
        },
        set: (key, value, options = {}) => {
          const kept = host.cacheSet(text(key, 'cache key'), text(value, 'cache value'), options.ttl ?? 15 * 60 * 1000);
          return kept ? { type: 'success' } : { type: 'error', code: 'CacheSizeExceeded' };
        },
        delete: (key) => { host.cacheDelete(text(key, 'cache key')); return { type: 'success' }; },
      },
      authentication: {
        challengeWith: (factor, options = {}) => demand([factor, ...(options.additionalFactors ?? [])], true),
        challengeWithAny: (factors) => demand(factors, true),
        enrollWith: (factor, options = {}) => demand([factor, ...(options.additionalFactors ?? [])], false),
        enrollWithAny: (factors) => demand(factors, false),
      },
      multifactor: {
        enable: (provider) => demand(provider === 'none' ? [] : [{ type: 'otp' }], false),
      },
      redirect: { canRedirect: () => false },
    };
    return freeze(api);
  };

  return async function run(load, eventText) {
    const asked = {
      denied: null,
      mfa: null,
      id_token_claims: {},
      access_token_claims: {},
      scopes_added: [],
      scopes_removed: [],
      app_metadata: {},
      user_metadata: {},
      transaction_metadata: {},
    };
    const module = { exports: {} };
    load(module.exports, require, module, console);
    const handler = module.exports.onExecutePostLogin;
    if (typeof handler !== 'function') throw new Error('exports.onExecutePostLogin is not a function');
    await handler(freeze(JSON.parse(eventText)), makeApi(asked));
    return JSON.stringify(asked);
  };
})
