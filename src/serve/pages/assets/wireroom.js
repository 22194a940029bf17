// Keeps a page fresh: asks for the page again and puts in what has changed, so that the pages are
// written in one place only. What a reader has focused, unfolded or marked stays as it is.
"use strict";
(() => {
  const main = document.getElementById("main");
  const button = document.querySelector("button.live");
  const heard = document.getElementById("heard");
  const title = document.title;
  // Two looks are at least this far apart, in milliseconds, however many events come.
  const PAUSE = 1000;
  let live = true, stream = null, timer = null, asking = false, again = false, unread = 0;

  const units = [[5, () => "now"], [90, s => `${s} s`], [5400, s => `${Math.floor(s / 60)} min`],
    [172800, s => `${Math.floor(s / 3600)} h`], [Infinity, s => `${Math.floor(s / 86400)} days`]];
  const relative = seconds => {
    const length = Math.abs(seconds), [, words] = units.find(([limit]) => length < limit);
    return length < 5 ? words() : seconds < 0 ? `in ${words(length)}` : `${words(length)} ago`;
  };
  const tick = () => {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const at = Date.parse(time.dateTime), words = relative(Math.trunc((Date.now() - at) / 1000));
      if (time.textContent !== words) time.textContent = words;
      if (!time.dataset.local) {
        time.dataset.local = "1";
        time.title = new Date(at).toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
      }
    }
  };

  // What an element says, but for times, which change by themselves, and what its reader unfolded.
  const said = element => {
    const copy = element.cloneNode(true);
    for (const it of copy.querySelectorAll("time[data-ago]")) { it.textContent = ""; it.removeAttribute("title"); delete it.dataset.local }
    for (const it of copy.querySelectorAll("details")) it.open = false;
    copy.classList.remove("fresh");
    if (!copy.className) copy.removeAttribute("class");
    return copy.outerHTML;
  };
  const unfolded = element => new Set([...element.querySelectorAll("details[open]")].map(it => it.id));
  const replace = (old, fresh) => {
    const open = unfolded(old);
    fresh = document.importNode(fresh, true);
    for (const it of fresh.querySelectorAll("details")) it.open = open.has(it.id);
    const held = old.contains(document.activeElement) && document.activeElement;
    const place = held ? [...old.querySelectorAll("a,button,input,summary")].indexOf(held) : -1;
    old.replaceWith(fresh);
    if (place >= 0) fresh.querySelectorAll("a,button,input,summary")[place]?.focus({ preventScroll: true });
    return fresh;
  };
  // Children that have names are compared one by one; the new ones are counted.
  const merge = (old, fresh) => {
    const named = [...fresh.children].every(child => child.id) && [...old.children].every(child => child.id);
    if (!named || !fresh.children.length) {
      if (said(old) !== said(fresh)) replace(old, fresh);
      return 0;
    }
    const before = new Map([...old.children].map(child => [child.id, child]));
    let count = 0, place = old.firstElementChild;
    for (const child of fresh.children) {
      let mine = before.get(child.id);
      before.delete(child.id);
      if (mine) {
        if (mine === place) place = place.nextElementSibling;
        else old.insertBefore(mine, place);
        if (said(mine) !== said(child)) mine = replace(mine, child);
      } else {
        mine = old.insertBefore(document.importNode(child, true), place);
        mine.classList.add("fresh");
        count += 1;
      }
    }
    for (const gone of before.values()) if (!gone.contains(document.activeElement)) gone.remove();
    return count;
  };
  const put = page => {
    let count = 0;
    for (const fresh of page.querySelectorAll("[data-live]")) {
      const old = document.getElementById(fresh.id);
      if (old) count += merge(old, fresh) * (fresh.id === "wire");
    }
    for (const old of document.querySelectorAll("[data-live]"))
      if (!page.getElementById(old.id)) old.replaceChildren();
    if (count) {
      heard.textContent = count === 1 ? "1 new article" : `${count} new articles`;
      if (document.hidden) unread += count;
      document.title = unread ? `(${unread}) ${title}` : title;
    }
    tick();
  };

  // XMLHttpRequest reads a page without running anything in it, under the strictest policy.
  const look = () => {
    if (asking) { again = true; return }
    asking = true;
    const request = new XMLHttpRequest();
    request.open("GET", location.pathname + location.search);
    request.responseType = "document";
    request.onloadend = () => {
      if (request.status === 200 && request.responseXML && live) put(request.responseXML);
      button.toggleAttribute("data-lost", request.status !== 200);
      setTimeout(() => { asking = false; if (again) { again = false; look() } }, PAUSE);
    };
    request.send();
  };
  const stop = () => { stream?.close(); stream = null; clearInterval(timer); timer = null };
  const start = () => {
    stop();
    if (!live || document.hidden) return;
    const { events, every } = main.dataset;
    if (events) {
      stream = new EventSource(events);
      // What came between the page and its stream is looked for once.
      stream.onopen = () => { button.removeAttribute("data-lost"); look() };
      stream.onerror = () => button.setAttribute("data-lost", "");
      for (const kind of ["article.new", "article.updated"]) stream.addEventListener(kind, look);
    }
    if (every) timer = setInterval(look, every * 1000);
  };

  tick();
  setInterval(tick, 5000);
  if (!main.dataset.events && !main.dataset.every) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    live = !live;
    button.setAttribute("aria-pressed", String(live));
    if (live) look();
    start();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) { unread = 0; document.title = title; if (live) look() }
    start();
  });
  start();
})();
