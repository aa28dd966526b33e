-- Once a day a map commits to how many events each log has: who makes it counts chains and sees first events.
CREATE POLICY to_map ON audit.chain FOR SELECT
    USING (current_setting('ohc.task', true) = 'mapping');
CREATE POLICY to_map ON audit.event FOR SELECT
    USING (current_setting('ohc.task', true) = 'mapping' AND number = 1);
