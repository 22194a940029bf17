// The dashboard in a real browser: every page, in light, dark and on a narrow screen, under axe-core;
// hostile articles; news that appear by themselves; all of it without script; the login.
//
//   node tests/dashboard.cjs BINARY MODULES CHROMIUM SCREENSHOT
//
// MODULES is a node_modules with puppeteer-core and axe-core. A newspaper of its own and two receivers
// stand on loopback; the demo's front page is what is photographed.
"use strict";
const [binary, given, chromium, screenshot] = process.argv.slice(2);
const path = require("node:path");
const modules = path.resolve(given);
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const os = require("node:os");
const puppeteer = require(path.join(modules, "puppeteer-core"));
const axe = fs.readFileSync(path.join(modules, "axe-core", "axe.min.js"), "utf8");

const TOKEN = "browser-test-token-0123456789", READER = "browser-test-reader-0123456789";
const LIMIT = 90_000;
const home = fs.mkdtempSync(path.join(os.tmpdir(), "wireroom-dashboard-"));
const children = [];
const began = Date.now();
const say = words => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${words}`);

// --- the newspaper and the receivers ---------------------------------------------------------------

const BIDI = "invoice \u202Egnp.exe\u202C";
const paragraphs = number => [
  `Story ${number} has a first paragraph that is long enough to be taken for one, with commas, and a full stop.`,
  `A second paragraph of story ${number} says that the council met on Monday and that nine members voted for it.`,
  `The third says what ${BIDI} is, and that <script>window.hacked = 1</script> stands in it as words, as it should.`,
];
const articles = [
  { id: 1, title: "The council votes for the bridge", text: paragraphs(1) },
  { id: 2, title: "</title><script>window.hacked = 2</script><img src=x onerror=\"window.hacked = 3\">", text: paragraphs(2) },
  { id: 3, title: BIDI, text: paragraphs(3) },
];
const escape = text => text.replace(/[&<>"]/g, c => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;" })[c]);
const received = [];
const server = http.createServer((request, response) => {
  const base = `http://${request.headers.host}`, answer = (status, type, body = "") => {
    response.writeHead(status, { "content-type": type });
    response.end(body);
  };
  if (request.method === "POST") {
    let body = "";
    request.on("data", chunk => { body += chunk });
    request.on("end", () => {
      received.push({ path: request.url, body });
      answer(request.url === "/desk" ? 204 : request.url === "/gone" ? 410 : 500, "text/plain", "<b>no</b>");
    });
  } else if (request.url === "/feed") {
    const items = articles.map(it => `<item><title>${escape(it.title)}</title><link>${base}/a/${it.id}</link>
      <guid>story-${it.id}</guid><pubDate>Mon, 23 Jun 2025 17:36:0${it.id} GMT</pubDate></item>`);
    answer(200, "application/rss+xml", `<rss version="2.0"><channel><title>Paper</title><link>${base}/</link>
      <description>News</description>${[...items].reverse().join("")}</channel></rss>`);
  } else if (request.url.startsWith("/a/")) {
    const it = articles.find(it => `/a/${it.id}` === request.url);
    answer(it ? 200 : 404, "text/html; charset=utf-8", it && `<!doctype html><html lang='en" onmouseover="window.hacked=4'>
      <head><title>${escape(it.title)}</title><meta property="og:image" content="javascript:window.hacked=5"></head>
      <body onload="window.hacked=6"><article><h1>${escape(it.title)}</h1>${it.text.map(p => `<p>${escape(p)}</p>`).join("")}
      <p>More stands <a href="javascript:window.hacked=7">in this file</a> and <a href="${base}/a/1">in this report</a>, readers say.</p>
      <script>window.hacked = 8</script></article></body></html>`);
  } else answer(404, "text/plain");
});

// --- the daemon ------------------------------------------------------------------------------------

function start(args, sign) {
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } });
  children.push(child);
  return new Promise((found, lost) => {
    let said = "";
    const hear = chunk => {
      said += chunk;
      const match = said.match(sign);
      if (match) found(match[1]);
      if (said.length > 100_000) said = said.slice(-10_000);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", code => lost(new Error(`${args[0]} ended with ${code}: ${said}`)));
  });
}

function configuration(port) {
  const endpoint = (name, more) => `[[endpoint]]\nname = "${name}"\nurl = "http://127.0.0.1:${port}/${name}"\nformat = "json"\nallow_private = true\n${more}\n`;
  return `
[daemon]
data_dir = "${home}/data"
outlets = []
[fetch]
allow_private = ["127.0.0.0/8"]
host_delay = "10ms"
robots = "off"
[poll]
interval = "1s"
min_interval = "1s"
adaptive = false
first = "all"
[http]
listen = "127.0.0.1:0"
token = "${TOKEN}"
read_token = "${READER}"
[[outlet]]
name = "paper"
title = "The <b>Paper</b>"
homepage = "http://127.0.0.1:${port}/"
timezone = "Europe/Kyiv"
[[outlet.source]]
kind = "feed"
url = "http://127.0.0.1:${port}/feed"
[[outlet.source]]
kind = "feed"
url = "http://127.0.0.1:${port}/no-such-feed"
${endpoint("desk", "")}
${endpoint("broken", "events = [\"article.new\"]\nschedule = [\"1h\"]")}
${endpoint("gone", "events = [\"article.new\"]")}
${endpoint("silent", "[endpoint.filter]\nany = [\"no such word\"]")}
`;
}

// --- the browser -----------------------------------------------------------------------------------

const faults = [];
async function open(browser, options = {}) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  // The one error that is meant to be seen is that of the login's own status.
  page.on("console", it => { if (it.type() === "error" && !/status of 401/.test(it.text())) faults.push(`${page.url()}: ${it.text()}`) });
  page.on("pageerror", error => faults.push(`${page.url()}: ${error.message}`));
  await page.setViewport({ width: options.width ?? 1280, height: 860 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: options.scheme ?? "light" }]);
  if (options.script === false) await page.setJavaScriptEnabled(false);
  return page;
}

async function logIn(page, url, token) {
  await page.goto(url);
  await page.type("input[name=token]", token);
  await Promise.all([page.waitForNavigation(), page.click("form[action='/login'] button")]);
}

/** Fails on anything that axe finds, on a page wider than its screen, and on hostile words that came to life. */
async function examine(page, name) {
  const found = await page.evaluate(async source => {
    if (!window.axe) new Function(source)();
    const { violations, passes } = await window.axe.run(document);
    return {
      rules: passes.length,
      violations: violations.map(it => `${it.id}: ${it.help}: ${it.nodes.slice(0, 3).map(node => node.html).join(" | ")}`),
      hacked: window.hacked,
      live: document.querySelectorAll("[onerror], [onload], [onmouseover], a[href^='javascript:' i], main script, main img[src=x]").length,
      inline: document.querySelectorAll("[style], style, script:not([src])").length,
      turned: /[\u202a-\u202e\u2066-\u2069]/.test(document.documentElement.outerHTML),
      wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    };
  }, axe);
  assert.deepEqual(found.violations, [], `axe-core on ${name}`);
  assert.ok(found.rules > 15, `axe-core looked at ${found.rules} rules only on ${name}`);
  assert.equal(found.hacked, undefined, `script of an article ran on ${name}`);
  assert.equal(found.live, 0, `markup of an article came to life on ${name}`);
  assert.equal(found.turned, false, `direction overrides came through on ${name}`);
  assert.ok(found.wide <= 0, `${name} is ${found.wide} pixels wider than its screen`);
  if (!name.startsWith("login")) assert.equal(found.inline, 0, `inline style or script on ${name}`);
}

async function until(what, look) {
  const limit = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < limit, `waited in vain for ${what}`);
    await new Promise(wake => setTimeout(wake, 100));
  }
}

async function main() {
  await new Promise(ready => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  fs.writeFileSync(path.join(home, "wireroom.toml"), configuration(port));
  const [url, demo, browser] = await Promise.all([
    start(["run", "--config", path.join(home, "wireroom.toml")], /listening on (http:\/\/[0-9.:]+)/),
    start(["demo", "--port", "0"], /Dashboard +(http:\/\/[0-9.:]+)/),
    puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] }),
  ]);
  children.push({ kill: () => browser.process().kill("SIGKILL") });
  say(`daemon at ${url}, demo at ${demo}`);
  const api = async path => (await fetch(url + path, { headers: { authorization: `Bearer ${TOKEN}` } })).json();

  // The login: nothing before the token, a word on a wrong one, the page asked for after the right one.
  const page = await open(browser);
  await page.setBypassCSP(true); // for axe-core itself; the policy is looked at below, where it is in force
  await page.goto(`${url}/sources`);
  await examine(page, "login");
  await logIn(page, `${url}/sources`, "wrong");
  assert.match(await page.$eval("#hint", it => it.textContent), /not the token/);
  await page.type("input[name=token]", TOKEN);
  await Promise.all([page.waitForNavigation(), page.click("form[action='/login'] button")]);
  assert.equal(new URL(page.url()).pathname, "/sources");
  const [cookie] = await page.browserContext().cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Strict"]);
  say("logged in");

  // All pages, wide, dark and narrow.
  await until("three articles and their deliveries", async () =>
    (await api("/api/v1/articles")).items.length === 3 && (await api("/api/v1/deliveries?state=retrying")).items.length === 3);
  const stored = (await api("/api/v1/articles")).items;
  const sources = (await api("/api/v1/sources")).items;
  const pages = {
    wire: "/", sought: "/?q=council&outlet=paper&language=en", nothing: "/?q=nosuchword", sources: "/sources",
    source: `/sources/${sources.find(it => it.url.endsWith("/feed")).id}`,
    sick: `/sources/${sources.find(it => it.url.endsWith("/no-such-feed")).id}`,
    deliveries: "/deliveries", retrying: "/deliveries?state=retrying&endpoint=broken", endpoints: "/endpoints", about: "/about", missing: "/nowhere",
    ...Object.fromEntries(stored.map((it, place) => [`article ${place}`, `/articles/${it.id}`])),
  };
  for (const [look, scheme, width] of [["light", "light", 1280], ["dark", "dark", 1280], ["narrow", "light", 360]]) {
    await page.setViewport({ width, height: 860 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    const again = look === "light" ? Object.keys(pages) : ["wire", "sources", "sick", "deliveries", "endpoints", "about", "article 0"];
    for (const [name, address] of Object.entries(pages).filter(([name]) => again.includes(name))) {
      const answer = await page.goto(url + address);
      assert.ok((name === "missing" ? [404] : [200, 304]).includes(answer.status()), `${name}: ${answer.status()}`);
      const policy = answer.headers()["content-security-policy"];
      assert.match(policy, /^default-src 'none'; style-src 'self'; script-src 'self';/);
      assert.doesNotMatch(policy, /unsafe/);
      await examine(page, `${name}, ${look}`);
    }
  }
  // "missing" is an error by intent.
  faults.splice(0, faults.length, ...faults.filter(it => !it.includes("/nowhere")));
  say(`${Object.keys(pages).length} pages, the different ones in three looks: axe-core finds nothing`);

  // Under the policy in force, an article that is not hostile, opened by the keyboard alone.
  const reader = await open(browser);
  await logIn(reader, url, TOKEN);
  await reader.focus("#wire h2 a");
  await Promise.all([reader.waitForNavigation(), reader.keyboard.press("Enter")]);
  assert.match(reader.url(), /\/articles\//);
  assert.equal(await reader.evaluate(() => window.hacked), undefined);
  const told = await reader.$eval("#told", it => it.textContent);
  assert.match(told, /not told: [^]*filter\.any/);
  assert.equal(await reader.$$eval(".text a", links => links.length), 1, "the javascript: link is words, the other a link");

  // News appear by themselves, and a correction shows its words.
  await reader.goto(url);
  await reader.waitForFunction(() => document.querySelectorAll("#wire > li").length === 3);
  articles.push({ id: 4, title: "A ferry comes back after nine years", text: paragraphs(4) });
  await reader.waitForFunction(() => document.querySelector("#wire > li h2")?.textContent.includes("A ferry"), { timeout: 20_000 });
  assert.equal(await reader.$eval("#heard", it => it.textContent), "1 new article");
  assert.ok(await reader.$("#wire > li.fresh"));
  say("a new article appeared on the open page");
  articles[0].text[1] = articles[0].text[1].replace("nine members", "eleven members");
  articles[0].title += ", by eleven to two";
  await reader.waitForFunction(() => [...document.querySelectorAll("#wire > li")].some(it => /eleven to two/.test(it.textContent) && /corrected/.test(it.textContent)), { timeout: 20_000 });
  await reader.goto(`${url}/articles/${stored.find(it => it.url.endsWith("/a/1")).id}`);
  assert.equal(await reader.$eval("#corrections .diff:not(.of-title) ins", it => it.textContent), "eleven");
  assert.equal(await reader.$eval("#corrections .diff:not(.of-title) del", it => it.textContent), "nine");
  say("a correction appeared, with its words");
  // What the pause holds back stays back.
  await reader.goto(url);
  await reader.click("button.live");
  assert.equal(await reader.$eval("button.live", it => it.getAttribute("aria-pressed")), "false");

  // Without script: search, poll, retry, test, enable, log out.
  const plain = await open(browser, { script: false });
  await logIn(plain, url, TOKEN);
  await plain.type("input[name=q]", "ferry");
  await Promise.all([plain.waitForNavigation(), plain.click("form[role=search] button")]);
  assert.equal(await plain.$$eval("#wire > li", items => items.length), 1);
  const press = async (address, selector, says) => {
    await plain.goto(url + address);
    await Promise.all([plain.waitForNavigation(), plain.click(selector)]);
    assert.match(await plain.$eval(".done", it => it.textContent), says);
  };
  await press("/sources", "td.act button", /due now/);
  await press("/deliveries?state=retrying", "td.act button", /another try/);
  await press("/endpoints", "#gone form[action$='/enable'] button", /enabled/);
  await press("/endpoints", "#desk form[action$='/test'] button", /test message/);
  await until("the test message", () => received.some(it => it.path === "/desk" && it.body.includes("wireroom.test")));
  await plain.goto(url);
  await Promise.all([plain.waitForNavigation(), plain.click("form[action='/logout'] button")]);
  assert.ok(await plain.$("input[name=token]"));
  say("all of it works without script");

  // Who may only look sees no buttons, and another site can press none.
  const looker = await open(browser);
  await logIn(looker, `${url}/sources`, READER);
  assert.equal(await looker.$$eval("main button", buttons => buttons.length), 0);
  assert.match(await looker.$eval(".top", it => it.textContent), /reading only/);
  const before = received.length;
  const evil = http.createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(`<form method=post action="${url}/endpoints/desk/test"><button>free kittens</button></form>`);
  });
  await new Promise(ready => evil.listen(0, "127.0.0.1", ready));
  // Another port is another origin, of the same site: the hardest case.
  await reader.goto(`http://127.0.0.1:${evil.address().port}/`);
  const [answer] = await Promise.all([reader.waitForNavigation(), reader.click("button")]);
  assert.equal(answer.status(), 403);
  assert.equal(received.length, before);
  faults.splice(0, faults.length, ...faults.filter(it => !/status of 403|favicon|free kittens/.test(it)));
  evil.close();
  say("a reader sees no buttons, another site presses none");

  assert.deepEqual(faults, [], "errors in the browser's console");

  // The photograph: the demo's wire, once there is a story to tell.
  const camera = await open(browser);
  await camera.setViewport({ width: 1280, height: 800, deviceScaleFactor: 1.5 });
  await camera.goto(demo);
  await camera.waitForFunction(() => document.querySelectorAll("#wire > li").length >= 7 && /corrected/.test(document.getElementById("wire").textContent), { timeout: 60_000 });
  await camera.reload();
  await camera.screenshot({ path: screenshot });
  say(`photographed into ${screenshot}`);
}

const watchdog = setTimeout(() => end(new Error(`not done within ${LIMIT / 1000} s`)), LIMIT);
function end(error) {
  clearTimeout(watchdog);
  for (const child of children) child.kill("SIGTERM");
  server.close();
  server.closeAllConnections();
  // The store's last words are written first.
  setTimeout(() => {
    fs.rmSync(home, { recursive: true, force: true });
    if (error) console.error(error);
    process.exit(error ? 1 : 0);
  }, 1000);
}
main().then(() => end(), end);
