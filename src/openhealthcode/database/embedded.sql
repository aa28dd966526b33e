-- database: what a new embedded cluster holds before anything is migrated into it.
-- Run once in single-user mode, one statement a line; :service_password is a random hex string.
-- The service signs in with no right but ohc_app's; ohc_app itself never signs in.
CREATE ROLE ohc_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
CREATE ROLE ohc_service LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD ':service_password' IN ROLE ohc_app;
CREATE DATABASE openhealthcode;
