"use strict";
// Searches while the reader types; without this script the form does the same, page by page.
(() => {
  const PAUSE_MS = 150;
  const field = document.getElementById("q");
  const form = field.form;
  const results = document.getElementById("results");
  const said = document.getElementById("said");
  const other = document.getElementById("other");
  let timer = 0;
  let under_way = null;
  document.documentElement.classList.add("scripts");

  const say = () => {
    const summary = results.querySelector(".summary");
    said.textContent = summary ? summary.textContent : "";
  };

  // `keeps` tells what becomes of the address: "push" a new entry of the history, "replace" this one, or nothing.
  const show = async (address, keeps, moves) => {
    clearTimeout(timer);
    if (under_way) under_way.abort();
    const mine = (under_way = new AbortController());
    const asked = new URL(address, location.href);
    const slow = setTimeout(() => results.classList.add("waiting"), 200);
    results.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch("/results" + asked.search, { signal: mine.signal });
      const text = await answer.text();
      if (mine !== under_way) return;
      results.innerHTML = text; // made by us, every text in it escaped; the policy forbids all that could run
      if (keeps === "push") history.pushState(null, "", asked.href);
      if (keeps === "replace") history.replaceState(null, "", asked.href);
      const there = new URL(other.href);
      there.searchParams.set("q", asked.searchParams.get("q") || "");
      other.href = there.href;
      document.title = answer.headers.get("X-Title") ? decodeURIComponent(answer.headers.get("X-Title")) : document.title;
      if (moves) {
        results.focus({ preventScroll: true });
        results.scrollIntoView({ block: "start" });
      }
      say();
    } catch (error) {
      if (error.name === "AbortError") return;
      const sentence = document.createElement("p");
      sentence.className = "finding summary";
      sentence.textContent = results.dataset.failed;
      results.replaceChildren(sentence);
      say();
    } finally {
      clearTimeout(slow);
      if (mine === under_way) {
        results.classList.remove("waiting");
        results.setAttribute("aria-busy", "false");
      }
    }
  };

  const typed = () => "/?" + new URLSearchParams(new FormData(form)).toString();
  field.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(() => show(typed(), "replace", false), PAUSE_MS);
  });
  field.addEventListener("compositionend", () => { timer = setTimeout(() => show(typed(), "replace", false), PAUSE_MS); });
  form.addEventListener("submit", (event) => { event.preventDefault(); show(typed(), "push", false); });
  results.addEventListener("click", (event) => {
    const link = event.target.closest("nav a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    show(link.href, "push", true);
  });
  addEventListener("popstate", () => {
    field.value = new URL(location.href).searchParams.get("q") || "";
    show(location.href, "", false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== field && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      field.select();
    }
  });
})();
