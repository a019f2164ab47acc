// The pages in a browser: by keyboard, without scripts, at two widths, in two languages, with axe-core.
//
//     npm ci && node run.mjs [--screenshots FOLDER]
//
// It needs a built service (or BACKEND=path) and a Chromium (or CHROMIUM=path).
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { run, start } from "./service.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const at = process.argv.indexOf("--screenshots");
const pictures = at > 0 ? process.argv[at + 1] : null;
const widths = [360, 1440];

const service = await start();
const acme = await start({ POLICY: new URL("../../../sample/acme.toml", import.meta.url).pathname });
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
  protocolTimeout: 20_000,
});

/// A visitor with a cookie of their own. Their pages run no script.
async function visit(id, role, headers = {}, on = service) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setJavaScriptEnabled(false);
  await page.setExtraHTTPHeaders({ "accept-language": "en", ...headers });
  await page.setViewport({ width: 1440, height: 900 });
  await page.goto(`${on.url}/login?token=${on.token(id, role)}`);
  return page;
}

const text = (page, selector) => page.$eval(selector, (element) => element.innerText);
const texts = (page, selector) => page.$$eval(selector, (all) => all.map((element) => element.innerText));
const submit = (page, act) => Promise.all([page.waitForNavigation(), act()]);

/// What axe finds; every rule of WCAG 2.2 AA and of best practice.
async function accessible(page, what) {
  // The page has no script; axe is one.
  await page.setJavaScriptEnabled(true);
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  await page.setJavaScriptEnabled(false);
  const told = found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(" ")}`);
  assert.deepEqual(told, [], what);
  assert(found.passes.length > 15, "axe has looked at the page");
}

/// Looks at a page at both widths: axe, no sideways scrolling, every control large enough.
async function look(page, name) {
  for (const width of widths) {
    await page.setViewport({ width, height: 900 });
    await accessible(page, `${name} at ${width}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert(wide <= width, `${name} scrolls sideways at ${width}: ${wide}`);
    const small = await page.$$eval("button, select, input:not([type=hidden])", (all) =>
      all.filter((e) => e.getBoundingClientRect().height < 24).map((e) => e.outerHTML));
    assert.deepEqual(small, [], `${name} at ${width}: a target is too small`);
    if (!pictures) continue;
    const height = Math.min(await page.evaluate(() => document.documentElement.scrollHeight), width === 360 ? 1900 : 1100);
    await page.screenshot({ path: join(pictures, `${name}-${width}.png`), clip: { x: 0, y: 0, width, height }, captureBeyondViewport: true });
  }
  await page.setViewport({ width: 1440, height: 900 });
}

/// Presses Tab until the element has the focus, as somebody without a mouse does.
async function tabTo(page, selector) {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) {
      const outline = await page.$eval(selector, (e) => getComputedStyle(e).outlineStyle);
      assert.equal(outline, "solid", `${selector} shows that it has the focus`);
      return;
    }
  }
  assert.fail(`Tab does not reach ${selector}`);
}

const tests = {
  async "a member turns it off and on again, by keyboard"() {
    await run(service, "assistant-1", { as_of: "2025-12-01T00:00:00Z" });
    await run(service, "assistant-2", { builds_on: ["assistant-1"] });
    const page = await visit("u003", "member");
    assert.equal(new URL(page.url()).pathname, "/me");
    assert.equal(await page.$eval("[role=switch]", (e) => e.ariaChecked ?? e.getAttribute("aria-checked")), "true");
    assert.match(await text(page, "#state"), /^On\. This is the default/);
    assert.match(await text(page, "section[aria-labelledby=setting]"), /United States \(US-CA\): LinkedIn uses your data/);
    assert.match(await text(page, "section[aria-labelledby=runs]"), /assistant-1.*assistant-2/s);
    assert((await texts(page, ".records > li.eligible")).length > 0);
    await look(page, "member");

    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await tabTo(page, "[role=switch]");
    await submit(page, () => page.keyboard.press("Space"));
    assert.equal(await text(page, "h1"), "Stop the use of your data?");
    const effect = await text(page, "ul.effect");
    assert.match(effect, /are out of every later training run/);
    assert.match(effect, /2 training runs have already taken place with your data; nothing changes that: assistant-1, assistant-2/);
    await look(page, "confirm");
    await tabTo(page, "button.main");
    await submit(page, () => page.keyboard.press("Enter"));
    assert.equal(await page.$eval("[role=switch]", (e) => e.getAttribute("aria-checked")), "false");
    assert.match(await text(page, "#state"), /^Off\. You said no/);
    assert.deepEqual(await texts(page, ".records > li.eligible"), []);
    for (const record of await texts(page, ".records > li")) assert.match(record, /You said no on/);
    assert.match((await texts(page, ".history li"))[0], /You said no \(ai-training\.generative\)/);
    assert.match(await page.$eval("svg.picture", (e) => e.textContent), /you said no/);

    // The API decides the same at once.
    const record = { id: "x", subjects: ["u003"], kind: "post", created_at: "2024-01-01" };
    const decision = await service.call("POST", "/v1/decisions", record);
    assert.equal(decision.verdict, "ineligible");

    await look(page, "member-opted-out");
    await submit(page, () => page.click("[role=switch]"));
    assert.equal(await text(page, "h1"), "Allow the use of your data?");
    await submit(page, () => page.click("button.main"));
    assert.match(await text(page, "#state"), /^On\. You turned it on/);
    assert((await texts(page, ".records > li.eligible")).length > 0);
  },

  async "going back changes nothing"() {
    const page = await visit("u123", "member");
    const before = await texts(page, ".history li");
    await submit(page, () => page.click("form[action='/me/residence'] button"));
    assert.deepEqual(await texts(page, ".history li"), before, "who stays has not moved");
    await submit(page, () => page.click("[role=switch]"));
    await submit(page, () => page.click("main a[href='/me']"));
    assert.deepEqual(await texts(page, ".history li"), before);
  },

  async "a member moves: the setting is off by default there, or there is none"() {
    const page = await visit("u273", "member", {}, acme);
    const setting = () => text(page, "section[aria-labelledby=setting]");
    const moveTo = async (country) => {
      await page.select("#country", country);
      await submit(page, () => page.click("form[action='/me/residence'] button"));
      assert.match((await texts(page, ".history li"))[0], /You live in/);
    };
    assert.match(await setting(), /Acme uses your data to train AI unless you turn this off/);
    await moveTo("DE");
    assert.match(await setting(), /Germany: Acme uses your data to train AI only if you turn this on/);
    assert.match(await text(page, "#state"), /^Off\. This is the default/);
    await look(page, "member-opt-in");
    await submit(page, () => page.click("[role=switch]"));
    await submit(page, () => page.click("button.main"));
    assert.match(await text(page, "#state"), /^On\. You turned it on/);

    await moveTo("GB");
    assert.match(await setting(), /United Kingdom: Acme uses nobody’s data/);
    assert.equal(await page.$("[role=switch]"), null);
    const records = await texts(page, ".records > li");
    assert(records.length > 0);
    for (const record of records) assert.match(record, /You lived in United Kingdom on .*, where nobody’s data is used/);
    await look(page, "member-excluded");

    // A no counts, although nothing is offered.
    await submit(page, () => page.click("form[action='/me/choice'] button"));
    await submit(page, () => page.click("button.main"));
    assert.match(await text(page, "#state"), /You said no on .*\. It counts wherever you live/);
    await moveTo("US");
    assert.match(await text(page, "#state"), /^Off\. You said no/);

    const business = await visit("u060", "member", {}, acme);
    assert.match(await text(business, "section[aria-labelledby=setting]"), /nobody’s data of your plan or group \(business\)/);
  },

  async "a signal of the browser is a no, and a yes in person stands against it"() {
    const page = await visit("u255", "member", { "sec-gpc": "1" });
    assert.match(await text(page, "#state"), /^Off\. A signal of your browser said no on/);
    assert.match(await text(page, ".notice"), /“Global Privacy Control”/);
    assert.match((await texts(page, ".history li"))[0], /A signal of your browser said no/);
    const events = (await texts(page, ".history li")).length;
    await page.reload();
    assert.equal((await texts(page, ".history li")).length, events, "it is noted once");
    await look(page, "member-signal");
    await submit(page, () => page.click("[role=switch]"));
    await submit(page, () => page.click("button.main"));
    await page.reload();
    assert.match(await text(page, "#state"), /^On\. You turned it on/);

    const gpp = await visit("u264", "member");
    await gpp.goto(`${service.url}/me?gpp=DBABTA~1YYN`);
    assert.match(await text(gpp, ".notice"), /IAB GPP/);
    const linked = { cookie: `may_train=${service.token("u138", "member")}`, "sec-fetch-site": "cross-site" };
    assert.equal((await fetch(`${service.url}/me?gpp=DBABTA~1YYN`, { headers: linked })).status, 200);
    const none = await visit("u138", "member", { "sec-gpc": "0" });
    assert.match(await text(none, "#state"), /^On\. This is the default/);
  },

  async "the page is read in German"() {
    const page = await visit("u003", "member", { "accept-language": "de-AT,de;q=0.9,en;q=0.5" });
    assert.equal(await page.$eval("html", (e) => e.lang), "de");
    assert.equal(await text(page, "h1"), "Ihre Daten und KI-Training");
    await look(page, "member-de");
    await submit(page, () => page.click("nav a[hreflang=en]"));
    assert.equal(await page.$eval("html", (e) => e.lang), "en");
    await page.goto(`${service.url}/me`);
    assert.equal(await page.$eval("html", (e) => e.lang), "en", "the choice is kept");
  },

  async "an officer looks at a date, compares two, and audits a run"() {
    const page = await visit("ada", "officer");
    assert.equal(new URL(page.url()).pathname, "/officer");
    const title = (code) => page.$$eval("svg.tiles g", (all, code) =>
      all.find((g) => g.querySelector("text").textContent === code).querySelector("title").textContent, code);
    assert.match(await title("DE"), /Germany: on by default/);
    assert.equal((await page.$$("svg.tiles g")).length, 250, "every country has a tile");
    // The last step of the shipped policy is the one that the widening guard stops.
    assert.match(await text(page, "#guard"), /stops this step.*widening:GB:region-excluded/s);
    assert.match(await text(page, "section[aria-labelledby=counts]"), /Opted out/);
    await look(page, "officer");

    await tabTo(page, "#at");
    await page.$eval("#at", (input) => (input.value = "2024-10-20"));
    await submit(page, () => page.click("form[action='/officer#coverage'] button"));
    assert.match(await title("DE"), /Germany: nobody’s data is used/);
    assert.match(await title("US"), /United States: on by default/);
    assert.match(await text(page, "section[aria-labelledby=coverage]"), /the revision 2024-10-11 is in force/);
    await look(page, "officer-2024");

    await page.$eval("#from_at", (input) => (input.value = "2024-09-20"));
    await page.$eval("#to_at", (input) => (input.value = "2024-12-10"));
    await submit(page, () => page.click("form[action='/officer#diff'] button"));
    assert.match(await text(page, "#guard"), /lets this step pass/);
    assert.match(await text(page, "section[aria-labelledby=diff] table"), /HK.*on by default.*nobody’s data/s);

    await submit(page, () => page.click("section[aria-labelledby=runs] button"));
    assert.match(await text(page, "h1"), /^Audit of assistant-2$/);
    assert.match(await text(page, "main ul"), /admissions were right then, and are right now/);
    await look(page, "audit");

    const german = await visit("ada", "officer", { "accept-language": "de" });
    assert.equal(await text(german, "h1"), "Die Regelung und was sie bewirkt");
    await look(german, "officer-de");
  },

  async "nobody sees what is not theirs"() {
    const member = await visit("u003", "member");
    assert.equal((await member.goto(`${service.url}/officer`)).status(), 403);
    const stranger = await browser.createBrowserContext().then((context) => context.newPage());
    assert.equal((await stranger.goto(`${service.url}/me`)).status(), 401);
    const officer = await visit("ada", "officer");
    assert.equal((await officer.goto(`${service.url}/me`)).status(), 403);
    const cookie = `may_train=${service.token("u003", "member")}`;
    const form = new URLSearchParams({ choice: "opt-out", at: "1" });
    const foreign = await fetch(`${service.url}/me/choice`, {
      method: "POST", body: form, headers: { cookie, origin: "https://example.org", "sec-fetch-site": "cross-site" },
    });
    assert.equal(foreign.status, 403, "another site cannot post");
    assert(!/u003|u060|u255/.test(service.log()), "the log names no member");
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.error(`FAILED  ${name}\n${error.stack}`);
  }
}
await browser.close();
service.stop();
acme.stop();
process.exit(failed ? 1 : 0);
