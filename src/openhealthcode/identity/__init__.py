"""The resident master index (居民主索引): which certificate, name and phone belong to whom.

``await resolve(connection, keys, registration)`` answers ``Known``, ``New`` or ``Review``; the
matching verb follows in the same transaction, opened with
``transaction(pool, lookup=lookup_keys(keys, registration.certificates))``:

    enrol(connection, keys, resident_id, registration, source)            after New
    add_certificates(connection, keys, resident_id, registration, source) -> bool  after Known
    set_aside(connection, keys, review, registration, source)             after Review

Others: ``find(pool, keys, certificate) -> ResidentId | None``;
``name_agrees(pool, keys, certificate, name) -> bool``;
``bind_phone(connection, keys, resident_id, phone)``, ``phone_is_bound(...) -> bool``,
``unbind(...)``. Names, numbers and addresses leave only by ``identity.reading``.
"""
