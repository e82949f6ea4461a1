/* Shows the token once, in a header, and gets a cookie for it; the token is in no address and is not
 * kept. */
"use strict";

document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = document.getElementById("token");
  const answer = document.getElementById("answer");
  try {
    const reply = await fetch("/api/login", { headers: { Authorization: `Bearer ${field.value.trim()}` } });
    if (reply.ok) {
      location.replace("/");
      return;
    }
    answer.textContent = "That is not the token.";
  } catch {
    answer.textContent = "The server does not answer.";
  }
  field.select();
});
